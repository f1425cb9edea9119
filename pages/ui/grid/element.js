// The picture as an element of its own: any page can ask which patch, or which point, is chosen.

/** Streamlit calls this at mount and after every rerun, with the same parent. */
export default function grid({ data, parentElement, setStateValue }) {
  const { picture, values } = data;
  let made = parentElement.grid;
  if (!made) {
    const root = el("div", { className: "grid" });
    parentElement.append(root);
    made = parentElement.grid = new Grid(root, { press: (...at) => made.chose(...at), hover: (at) => made.point(at) });
    made.point = (patch) => made.show({ ...made.look, pointed: patch });
  }
  made.chose = (patch, x = 0, y = 0) => {
    if (patch < 0) return;
    made.show({ ...made.look, chosen: patch });
    setStateValue("at", { patch, x, y });
  };
  const [height, width, channels] = picture.shape;
  const image = pixels(bytes(picture.data), height, width, channels);
  made.show({ ...data, picture: image, values: values && Float32Array.from(values) });
}
