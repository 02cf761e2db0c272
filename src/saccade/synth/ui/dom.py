"""What a browser knows about the page it shows: elements with their boxes, lines, and a box for every character.

`HARVEST` is run inside the page. It first takes away every block (`data-b`) that does not fit the window, then lists
what is left. Elements are marked data-k (kind), data-n (name), data-s ("1" or "0"), data-v (value).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saccade.synth.sample import CharBox, SceneObject
from saccade.synth.ui.elements import Element
from saccade.types import Box

HARVEST = r"""() => {
  let clipped = false;
  const W = innerWidth, H = innerHeight, shown = n => n.getClientRects().length > 0;
  const fits = n => { const r = n.getBoundingClientRect(), wide = n.scrollWidth > n.clientWidth + 1;
    return r.left >= 0 && r.top >= 0 && r.right <= W + 0.5 && r.bottom <= H - 4 && !wide; };
  for (const block of [...document.querySelectorAll('[data-b]')]) {
    const box = block.getBoundingClientRect();
    const inner = [...block.querySelectorAll('[data-k],p,td,th')].every(n => { const r = n.getBoundingClientRect();
      return r.right <= Math.min(W - 2, box.right + 1) && r.left >= box.left - 1; });
    if (!fits(block) || !inner) block.remove();
  }
  const pen = document.createElement('canvas').getContext('2d'), known = new Map();
  const ink = (char, cs) => {
    const font = `${cs.fontStyle} ${cs.fontWeight} ${cs.fontSize} ${cs.fontFamily}`, key = font + char;
    if (!known.has(key)) { pen.font = font; known.set(key, pen.measureText(char)); }
    return known.get(key); };
  const marked = [...document.querySelectorAll('[data-k]')].filter(shown), lines = [];
  const flows = (node, owner, role) => {
    const cs = getComputedStyle(node.parentElement), text = node.data, range = document.createRange();
    let line = null, last = -1e9, top = -1e9;
    for (let i = 0; i < text.length; i++) {
      if (/\s/.test(text[i])) continue;
      range.setStart(node, i); range.setEnd(node, i + 1);
      const r = range.getBoundingClientRect(), m = ink(text[i], cs);
      if (!r.width) continue;
      if (!line || Math.abs(r.top - top) > r.height / 2 || r.left < last - 1) {
        line = {start: i, end: i + 1, chars: [], owner, role}; lines.push(line); }
      const base = r.top + m.fontBoundingBoxAscent;
      line.chars.push([text[i], i - line.start, r.left - m.actualBoundingBoxLeft, base - m.actualBoundingBoxAscent,
                       r.left + m.actualBoundingBoxRight, base + m.actualBoundingBoxDescent]);
      line.end = i + 1; line.text = text.slice(line.start, line.end); last = r.left; top = r.top; }
  };
  const ownerOf = n => { const mark = n.closest('[data-k]'); return mark ? marked.indexOf(mark) : -1; };
  const roleOf = n => { const mark = n.closest('[data-r]'); return mark ? mark.dataset.r : ''; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), nodes = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(parent) || parent.closest('select,script,style')) continue;
    nodes.push([walker.currentNode, parent]); }
  for (const [node, parent] of nodes) {
    const mark = parent.closest('[data-for]');
    if (mark) flows(node, marked.findIndex(n => n.dataset.n === mark.dataset.for), 'name');
    else flows(node, ownerOf(parent), roleOf(parent)); }
  for (const box of document.querySelectorAll('input[data-k],select[data-k]')) {  // their text has no nodes of its own
    if (!shown(box) || box.type === 'checkbox' || box.type === 'radio' || box.type === 'range') continue;
    const text = box.tagName === 'SELECT' ? box.options[box.selectedIndex].text : box.value || box.placeholder;
    if (!text) continue;
    const cs = getComputedStyle(box), r = box.getBoundingClientRect(), twin = document.createElement('span');
    twin.style.cssText = 'position:fixed;white-space:pre;visibility:hidden;line-height:1;' +
      `font:${cs.fontStyle} ${cs.fontWeight} ${cs.fontSize} ${cs.fontFamily};letter-spacing:${cs.letterSpacing}`;
    twin.textContent = box.type === 'password' ? '' : text; document.body.append(twin);
    const side = s => parseFloat(cs['border' + s + 'Width']) + parseFloat(cs['padding' + s]);
    const t = twin.getBoundingClientRect(), filled = box.tagName === 'SELECT' || box.value;
    twin.style.left = r.left + side('Left') + 'px';
    twin.style.top = (r.top + side('Top') + r.bottom - side('Bottom') - t.height) / 2 + 'px';
    if (t.width > r.width - side('Left') - side('Right') + 0.5) clipped = true;
    if (twin.firstChild) flows(twin.firstChild, marked.indexOf(box), filled ? 'value' : 'name');
    twin.remove(); }
  const smallest = Math.min(...nodes.map(([, p]) => ink('x', getComputedStyle(p)).actualBoundingBoxAscent));
  const covered = n => { const r = n.getBoundingClientRect();
    const at = document.elementFromPoint((r.left + r.right) / 2, (r.top + r.bottom) / 2);
    return !at || !(n.contains(at) || at.contains(n)); };
  return {clipped, lines: lines.map(l => [l.text, l.owner, l.role, l.chars]), smallest,
    elements: marked.map(n => { const r = n.getBoundingClientRect(), d = n.dataset;
      return {kind: d.k, name: d.n, box: [r.left, r.top, r.right, r.bottom], covered: covered(n),
              value: d.v === undefined ? null : d.v, state: d.s === undefined ? null : d.s === '1'}; })};
}"""
# Which of the families a page may use are really installed: a missing one is shown in a generic face.
RESOLVES = r"""(families) => {
  const pen = document.createElement('canvas').getContext('2d'), text = 'mWilQ@0 fgR&';
  const width = font => { pen.font = '40px ' + font; return pen.measureText(text).width; };
  return families.filter(f => ['monospace', 'serif', 'cursive'].some(g => width(`"${f}", ${g}`) !== width(g)));
}"""

Lines = list[tuple[str, Box]]


def read_page(
    found: Mapping[str, Any], height: int, width: int
) -> tuple[list[Element], list[CharBox], Lines, list[SceneObject]] | None:
    """Elements, characters, lines and things of what `HARVEST` gave; None when anything is cut off or covered.

    Boxes are rounded to hundredths of a pixel.
    """
    if found["clipped"]:
        return None
    chars: list[CharBox] = []
    lines: Lines = []
    said: dict[tuple[int, str], list[int]] = {}
    for text, owner, role, glyphs in found["lines"]:
        number = len(lines)
        boxes = []
        for char, index, *corners in glyphs:
            x0, y0, x1, y1 = (round(value, 2) for value in corners)
            if x0 < -0.5 or y0 < -0.5 or x1 > width + 0.5 or y1 > height + 0.5:
                return None
            x0, y0 = max(0.0, x0), max(0.0, y0)
            boxes.append((x0, y0, min(float(width), max(x1, x0)), min(float(height), max(y1, y0))))
            chars.append(CharBox(char, *boxes[-1], number, index))
        lines.append((text, _around(boxes, text)))
        said.setdefault((owner, role), []).append(number)
    elements = []
    for number, each in enumerate(found["elements"]):
        corners = [round(value, 2) for value in each["box"]]
        if each["covered"] or corners[0] < 0 or corners[1] < 0 or corners[2] > width or corners[3] > height:
            return None
        line = _only(said.get((number, "name"), []), each["name"], lines)
        value_line = _only(said.get((number, "value"), []), each["value"] or "", lines)
        box = Box(corners[0], corners[1], corners[2], corners[3], each["name"])
        if each["kind"] == "heading":
            if line is None:
                continue  # broken over two lines
            box = lines[line][1]
        value = each["value"] if value_line is not None or each["value"] == "" else None
        elements.append(Element(each["kind"], each["name"], box, line, value, value_line, each["state"]))
    things = [SceneObject(element.kind, "", "", element.box) for element in elements]
    return elements, chars, lines, things


def _only(numbers: Sequence[int], text: str, lines: Lines) -> int | None:
    """The number of the one line that says exactly `text`."""
    return numbers[0] if len(numbers) == 1 and lines[numbers[0]][0] == text and text else None


def _around(boxes: Sequence[tuple[float, float, float, float]], label: str) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1), label)
