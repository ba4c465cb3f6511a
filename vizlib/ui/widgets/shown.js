const EVERY = 100; // milliseconds between two looks
const QUIET = 10; // looks without a click or a key: what a visitor has just asked for comes first
const ACTS = ["pointerdown", "keydown"];

// Whether the page has a control whose code the browser still loads.
export function unfinished(page) {
  return page.querySelector('[data-testid="stSkeleton"]') !== null;
}

export default function ({ setTriggerValue }) {
  let quiet = QUIET;
  const act = () => (quiet = 0);
  const timer = setInterval(() => {
    quiet += 1;
    if (quiet < QUIET || unfinished(document)) return;
    leave();
    setTriggerValue("shown", true);
  }, EVERY);
  const leave = () => {
    clearInterval(timer);
    for (const each of ACTS) document.removeEventListener(each, act, true);
  };
  for (const each of ACTS) document.addEventListener(each, act, true);
  return leave;
}
