() => {
    const row = document.querySelector(".st-key-status")?.closest("[data-testid=stLayoutWrapper]");
    if (!row) return 0;
    const before = [...row.parentElement.children].slice(0, [...row.parentElement.children].indexOf(row));
    const title = before.findIndex((each) => each.querySelector("h1"));
    const first = before.find((each, at) => at > title && each.querySelector("input, button, summary, svg"));
    const gap = parseFloat(getComputedStyle(row.parentElement).rowGap);
    return first ? row.getBoundingClientRect().top - gap - first.getBoundingClientRect().top : 0;
}
