// Arrow keys lead from unit to unit, and Escape back to all of them. Without this file the links do the same.
addEventListener("keydown", (event) => {
  const here = document.querySelector("li:target");
  if (!here || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = { ArrowLeft: here.previousElementSibling, ArrowRight: here.nextElementSibling }[event.key];
  if (event.key === "Escape") here.querySelector(".back").click();
  else if (to) location.hash = to.id;
});

// The focus follows: to the unit that was opened, and back to its tile.
let last = document.querySelector("li:target");
addEventListener("hashchange", () => {
  const here = document.querySelector("li:target");
  (here ?? last)?.querySelector(".open").focus({ preventScroll: true });
  last = here ?? last;
});
