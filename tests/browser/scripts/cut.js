// What is read or pressed must be inside all that cuts it off. The name of a class may be longer than its box, and
// so may what a visitor writes. Strips
// and tables may scroll inside themselves. What only screen readers read is in boxes of 1 px.
() => {
    const all = `button, input, label, p, h1, h2, h3, h4, li, td, th, summary, figcaption, output, img, canvas,
        [role=radio], [data-testid=stMetricValue], [data-testid=stSidebarNavLink] span`;
    const told = (each) => `${each.tagName} "${(each.value ?? each.textContent).trim().slice(0, 40)}"`;
    const style = (each) => getComputedStyle(each).overflowX;
    const seen = { visibilityProperty: true, opacityProperty: true };
    const shown = (each) => each.checkVisibility(seen) && each.getBoundingClientRect().width > 1;
    const frames = ["stMain", "stSidebar"].map((name) => document.querySelector(`[data-testid=${name}]`));
    const within = (each, frame) => {
        if (each.scrollWidth > each.clientWidth + 1 && ["hidden", "clip"].includes(style(each))
            && each.getAttribute("role") !== "combobox" && !each.closest("[data-testid=stTextInput]")) return false;
        const box = each.getBoundingClientRect();
        for (let around = each.parentElement; around !== frame.parentElement; around = around.parentElement) {
            if (["auto", "scroll"].includes(style(around)) && around !== frame) return true;
            if (!["hidden", "clip"].includes(style(around)) && around !== frame) continue;
            const edge = around.getBoundingClientRect();
            if (edge.width <= 1) return true;
            if (box.right > edge.right + 1.5 || box.left < edge.left - 1.5) return false;
        }
        return true;
    };
    const main = frames[0];
    const wide = main.scrollWidth > main.clientWidth + 1 ? [`the page is ${main.scrollWidth} px wide`] : [];
    return frames.filter((each) => each && shown(each) && each.getBoundingClientRect().left >= 0).flatMap((frame) => [
        ...(frame === main ? wide : []),
        ...[...frame.querySelectorAll(all)].filter((each) => shown(each) && !within(each, frame)).map(told),
        ...[...frame.querySelectorAll("[data-testid=stNumberInput]")]
            .filter((each) => shown(each) && !each.querySelector("[data-testid=stNumberInputStepUp]"))
            .map((each) => `${each.textContent} lost its - and +`),
    ]);
}
