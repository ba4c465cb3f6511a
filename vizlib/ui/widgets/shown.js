const EVERY = 100; // milliseconds between two looks

// Whether the page has a control whose code the browser still loads.
export function unfinished(page) {
  return page.querySelector('[data-testid="stSkeleton"]') !== null;
}

export default function ({ setTriggerValue }) {
  const timer = setInterval(() => {
    if (unfinished(document)) return;
    clearInterval(timer);
    setTriggerValue("shown", true);
  }, EVERY);
  return () => clearInterval(timer);
}
