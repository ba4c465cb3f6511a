"""What a part of a page, or of a lecture, says at the places of its slider."""

from __future__ import annotations

from playwright.sync_api import Locator

FRAME = "const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
SAID = {
    "walk_slider": "[root.querySelector('.verdict b'), ...root.querySelectorAll('.figure')]",
    "film": "[root.querySelector('figcaption')]",
    "shake_strip": "[...root.querySelectorAll('.now .where, .now strong, .now em')]",
}  # the elements with words and numbers, by widget
ROOTS = {"walk_slider": ".walk", "film": ".film", "shake_strip": ".shake"}
READ = """(root) => {
    const place = root.querySelector('input')?.value ?? root.querySelector('.plot').getAttribute('aria-valuenow');
    const shown = root.querySelector('img')?.src ?? root.querySelector('.view')?.style.backgroundImage ?? '';
    return [place, WORDS.map((each) => each.textContent).join(' | '), shown];
}"""
EVERYWHERE = """async (root) => {
    FRAME
    const read = READ, range = root.querySelector('input'), found = [], plot = root.querySelector('.plot[role=slider]');
    const press = (key) => plot.dispatchEvent(new KeyboardEvent('keydown', { key }));
    const count = range ? Math.round((range.max - range.min) / range.step) + 1 : Number(plot.ariaValueMax) + 1;
    if (!range) press('Home');
    for (let at = 0; at < count; at++) {
        if (range) {
            range.value = Number(range.min) + at * Number(range.step);
            range.dispatchEvent(new Event('input'));
        } else if (at) press('ArrowRight');
        await frame();
        found.push(read(root));
    }
    return found;
}"""
BOARD = """async (images) => {
    await Promise.all(images.map((each) => each.decode()));
    return images.map((each) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [24, 24];
        const pen = canvas.getContext('2d');
        pen.drawImage(each, 0, 0, 24, 24);
        return [...pen.getImageData(0, 0, 24, 24).data];
    });
}"""  # each picture, 24 px: enough to tell which one it is

Table = dict[str, tuple[str, str]]  # by the place of the slider: what it says and the picture that it shows


def script(text: str, widget: str) -> str:
    return text.replace("READ", READ).replace("FRAME", FRAME).replace("WORDS", SAID[widget])


def read(root: Locator, widget: str) -> tuple[str, tuple[str, str]]:
    """Where the slider stands, and what the part says and shows there."""
    root.evaluate(f"async () => {{ {FRAME} await frame(); }}")
    place, words, picture = root.evaluate(script(READ, widget))
    return place, (words, picture)


def everywhere(root: Locator, widget: str) -> Table:
    """What the part says at each place of its slider."""
    return {place: (words, picture) for place, words, picture in root.evaluate(script(EVERYWHERE, widget))}
