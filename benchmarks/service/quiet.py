"""When a page of the dashboard has come to rest, as the browser sees it: for the tests and for pictures."""

QUIET = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const loose = '[data-stale="true"], [data-testid="stSkeleton"]'; // of the last run, or not loaded yet
    const quiet = app?.dataset.testScriptState === "notRunning" && !document.querySelector(loose);
    if (!quiet) window.quietSince = undefined;
    else window.quietSince ??= performance.now();
    return quiet && performance.now() - window.quietSince > 500;
}"""  # set window.quietSince to undefined first: a click takes a tenth of a second to become a run
