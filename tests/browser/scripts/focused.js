// What shows the focus: an outline of the element or of the frame around it, that is opaque, 3 px and 3:1 to its ground.
() => {
    let here = document.activeElement;
    while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
    if (!here || here === document.body) return null;
    const up = (node) => node.parentElement ?? node.getRootNode().host;
    const canvas = window.paint ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = (color) => color.slice(0, 3).map((level) => level / 255)
        .map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4))
        .reduce((sum, level, at) => sum + level * [0.2126, 0.7152, 0.0722][at], 0);
    const ground = (node) => {
        for (; node; node = up(node)) {
            const color = rgba(getComputedStyle(node).backgroundColor);
            if (color[3] === 255) return color;
        }
        return [255, 255, 255, 255];
    };
    let opacity = 1;
    for (let node = here; node; node = up(node)) opacity *= Number(getComputedStyle(node).opacity);
    const ring = (node) => {
        const style = getComputedStyle(node);
        if (style.outlineStyle !== "solid" || parseFloat(style.outlineWidth) < 3) return false;
        const color = rgba(style.outlineColor), inside = parseFloat(style.outlineOffset) < 0;
        const behind = ground(inside ? node : up(node) ?? node);
        const [high, low] = [light(color), light(behind)].sort((one, other) => other - one);
        const box = node.getBoundingClientRect();
        return color[3] === 255 && (high + 0.05) / (low + 0.05) >= 3 && box.width > 8 && box.height > 8;
    };
    let shown = false, node = here;
    for (let at = 0; at < 6 && node && !shown; at++, node = up(node)) shown = ring(node);
    const name = here.ariaLabel || here.innerText || here.title || here.className;
    return [`${here.tagName} ${String(name).trim().slice(0, 50)}`, shown && opacity > 0.99];
}
