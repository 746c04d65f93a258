// The ticks are the component's value: a list of names. Runs once when the list is on the page.
const boxes = () => [...element.querySelectorAll("input[type=checkbox]")];
const ticked = () => boxes().filter((box) => box.checked).map((box) => box.name);
const show = () => {
  const names = Array.isArray(props.value) ? props.value : [];
  for (const box of boxes()) box.checked = !box.disabled && names.includes(box.name);
};
element.addEventListener("change", (event) => {
  if (event.target.type !== "checkbox") return;
  props.value = ticked();
  trigger("input");
});
watch("value", show);
show();
