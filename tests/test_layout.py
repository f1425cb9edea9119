"""What paths inside an import mean."""

from core.layout import class_name, natural, settle


def test_class_names_are_fit_to_be_shown() -> None:
    """Markup loses its signs, letters of any script stay."""
    assert class_name("![x](http://e.vil)") == "__x_(http___e.vil)"
    assert class_name("고양이") == "고양이" and class_name("हिन्दी") == "हिन्दी"
    assert (
        class_name("Ａ  b\t") == "A b_"
        and class_name("***") == "___"
        and len(class_name("x" * 99)) == 40
    )
    assert sorted(["c10", "c2", "b"], key=natural) == ["b", "c2", "c10"]


def test_parts_without_training_are_one_heap() -> None:
    """A folder that happens to be called test is no test part when nothing is left to train on."""
    assert settle(["test", "", "validation"]) == (["train"] * 3, True)
    assert settle(["train", "", "validation"]) == (["train", "", "test"], False)
    assert settle(["train", "test", "validation"]) == (["train", "test", "train"], False)
