() => {
    const roots = [document], slow = [];
    for (const root of roots) for (const each of root.querySelectorAll("*")) {
        if (each.shadowRoot) roots.push(each.shadowRoot);
        const style = getComputedStyle(each);
        const longest = `${style.transitionDuration}, ${style.animationDuration}`.split(", ").map(parseFloat);
        if (Math.max(...longest) > 0.01) slow.push(each.outerHTML.slice(0, 120));
    }
    return slow;
}
