// Charts of a page, drawn from the tables that stand beside them: the table is what there is to
// know, the chart a picture of it. <div class="chart" data-table="id of the table"
// data-columns="1 2">, with data-clock="day" where a point is a day; colours are those of its .chart-1, .chart-2, … in either theme.
(() => {
  "use strict";
  const HEIGHT = 180;
  const drawn = new Map();

  const colour = (box, name) => {
    const probe = document.createElement("span");
    probe.className = name;
    box.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const number = (cell) => {
    const value = Number.parseFloat(cell.dataset.value ?? cell.textContent);
    return Number.isNaN(value) ? null : value;
  };

  const read = (table, columns) => {
    const lines = [...table.tBodies[0].rows];
    return [0, ...columns].map((column) => lines.map((line) => number(line.cells[column])));
  };

  const options = (box, table, columns) => {
    const [first, last] = [0, -1].map((at) => number([...table.tBodies[0].rows].at(at).cells[0]));
    const long = box.dataset.clock === "day" ? [5, 10] : [5, 16];
    const shown = last - first > 86400 ? long : [11, 16];
    const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(...shown).replace("T", " ");
    const axis = { stroke: colour(box, "chart-axis"), grid: { stroke: colour(box, "chart-grid") } };
    const series = columns.map((column, index) => ({
      label: table.tHead.rows[0].cells[column].textContent,
      stroke: colour(box, `chart-${index + 1}`),
      dash: index ? [6, 4] : undefined,
      width: 2,
      points: { show: table.tBodies[0].rows.length < 3 },
    }));
    return {
      width: box.clientWidth,
      height: HEIGHT,
      series: [{ label: "Time", value: (_, at) => (at === null ? "–" : clock(at)) }, ...series],
      axes: [{ ...axis, values: (_, splits) => splits.map(clock) }, { ...axis, size: 60 }],
      scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(1, high * 1.05)] } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    };
  };

  const draw = (box) => {
    drawn.get(box)?.destroy();
    drawn.delete(box);
    const table = document.getElementById(box.dataset.table);
    box.hidden = !table;
    if (!table) return;
    const columns = box.dataset.columns.split(" ").map(Number);
    drawn.set(box, new uPlot(options(box, table, columns), read(table, columns), box));
  };

  const drawAll = () => document.querySelectorAll(".chart").forEach(draw);
  document.addEventListener("DOMContentLoaded", () => {
    drawAll();
    document.addEventListener("htmx:afterSettle", (event) => {
      if (event.detail.target.id === "chart-numbers" || event.detail.elt.id === "chart-numbers") drawAll();
    });
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    let width = innerWidth;
    addEventListener("resize", () => {
      if (innerWidth !== width) drawAll();
      width = innerWidth;
    });
  });
})();
