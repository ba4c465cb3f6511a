export default function ({ data, parentElement }) {
  parentElement.firstElementChild.textContent = data.label;
}
