"""The ground of a long-lived process: an update and a moved file are seen."""

import os

from core import ground


def test_a_changed_or_new_file_is_an_update(tmp_path, monkeypatch):
    for room in ("core", "models"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "a.py").write_text("")
    monkeypatch.setattr(ground, "ROOT", tmp_path)
    before = ground.program()
    assert ground.program() == before > 0
    new = tmp_path / "core" / "b.py"
    new.write_text("")
    os.utime(new, ns=(before + 1, before + 1))  # the disk's clock may tick too slowly
    assert ground.program() > before


def test_a_file_put_in_anothers_place_is_another(tmp_path):
    path = tmp_path / "a"
    assert ground.inode(path) == 0
    path.write_text("1")
    first = ground.inode(path)
    (tmp_path / "b").write_text("2")
    (tmp_path / "b").replace(path)
    assert ground.inode(path) != first > 0
