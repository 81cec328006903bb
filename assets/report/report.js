// Draws the charts and pictures of a report from the data within the page.
(() => {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const digits = (value) => (value == null ? '–' : String(Number(value.toPrecision(5))));

  const data = document.getElementById('charts');
  const charts = data === null ? [] : JSON.parse(data.textContent);
  const axis = () => ({
    stroke: color('quiet'),
    grid: { stroke: color('line'), width: 0.5 },
    ticks: { stroke: color('line') },
  });

  charts.forEach(({ x, series }, i) => {
    const place = document.getElementById(`chart-${i}`);
    const width = () => Math.max(240, place.clientWidth);
    const chart = new uPlot(
      {
        width: width(),
        height: 240,
        scales: { x: { time: false } },
        cursor: { sync: { key: 'epochs' } },
        axes: [axis(), { ...axis(), size: 64, values: (_, ticks) => ticks.map(digits) }],
        series: [
          { label: 'epoch' },
          ...series.map(({ name, run, dashed }) => ({
            label: name,
            stroke: color(`series-${run % 6}`),
            width: 2,
            dash: dashed ? [6, 4] : [],
            // A curve of one epoch is a point.
            points: { show: x.length === 1 },
            value: (_, value) => digits(value),
          })),
        ],
      },
      [x, ...series.map(({ values }) => values)],
      place,
    );
    new ResizeObserver(() => chart.setSize({ width: width(), height: 240 })).observe(place);
  });

  for (const canvas of document.querySelectorAll('canvas[data-pixels]')) {
    const bytes = Uint8Array.from(atob(canvas.dataset.pixels), (character) => character.charCodeAt(0));
    const channels = Number(canvas.dataset.channels);
    const { width, height } = canvas;
    const picture = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let channel = 0; channel < 3; channel++) {
        picture.data[4 * i + channel] = bytes[i * channels + Math.min(channel, channels - 1)];
      }
      picture.data[4 * i + 3] = 255;
    }
    canvas.getContext('2d').putImageData(picture, 0, 0);
  }
})();
