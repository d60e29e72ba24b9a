package ui_test

// pale finds drawn text of less than 7:1, WCAG 2.2's level AAA, and buttons whose edges, or themselves, have less than 3:1
// to what is around them (1.4.11). axe-core sees neither. A text's ground is its own halo if it has one, else what lies
// below it; a halo must be there where the ground is hatched. Buttons that cannot be used are no less plain.
const pale = `(() => {
	const found = [];
	const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const rgb = {};
	const parse = c => rgb[c] ??= (() => {
		canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
		return [...canvas.getImageData(0, 0, 1, 1).data];
	})();
	const light = c => parse(c).slice(0, 3).map(v => v / 255)
		.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ratio = (a, b) => { const [p, q] = [light(a), light(b)]; return (Math.max(p, q) + 0.05) / (Math.min(p, q) + 0.05); };
	const clear = c => c === "none" || parse(c)[3] === 0;
	const ground = e => { for (; e; e = e.parentElement) if (!clear(getComputedStyle(e).backgroundColor)) return getComputedStyle(e).backgroundColor; return "#fff"; };

	for (const svg of document.querySelectorAll("svg:not(.sprite)")) {
		const drawn = [...svg.querySelectorAll("rect, path")].filter(e => !clear(getComputedStyle(e).fill));
		for (const t of svg.querySelectorAll("text")) {
			if (!t.checkVisibility({ visibilityProperty: true })) continue;
			const style = getComputedStyle(t), b = t.getBoundingClientRect(), x = b.x + b.width / 2, y = b.y + b.height / 2;
			const at = drawn.filter(e => e.compareDocumentPosition(t) & Node.DOCUMENT_POSITION_FOLLOWING
				&& e.isPointInFill(new DOMPoint(x, y).matrixTransform(e.getScreenCTM().inverse())));
			const under = at.length ? getComputedStyle(at.at(-1)).fill : ground(svg);
			const halo = style.paintOrder.startsWith("stroke") && !clear(style.stroke);
			const name = "the drawn text " + t.textContent;
			if (under.startsWith("url") && !halo) found.push(name + " has no halo");
			else {
				const r = ratio(style.fill, halo ? style.stroke : under);
				if (r < 7) found.push(name + " has " + r.toFixed(2) + ":1");
			}
		}
	}
	for (const e of document.querySelectorAll("button:not(:disabled, .corner)")) {
		if (!e.checkVisibility({ visibilityProperty: true })) continue;
		const style = getComputedStyle(e), own = style.backgroundColor, around = ground(e.parentElement);
		const edges = [clear(own) ? around : own];
		if (style.boxShadow.includes("inset")) edges.push(/rgba?\([^)]*\)/.exec(style.boxShadow)[0]);
		if (style.outlineStyle !== "none") edges.push(style.outlineColor);
		const best = Math.max(...edges.map(c => ratio(c, around)));
		if (best < 3) found.push("the button " + e.id + " has " + best.toFixed(2) + ":1 around it");
	}
	return found;
})()`
