// The lane picture of a meeting that goes on: between two looks at the server it grows by itself.

// The drawn part ends in a rounded corner; what goes on begins under it.
const UNDER = 0.006;

function grow() {
  for (const lanes of document.querySelectorAll(".lanes[data-grows]")) {
    const [start, end] = lanes.dataset.grows.split(" ").map(Number);
    const drawn = Math.min((end - start) / (Date.now() / 1000 - start), 1);
    if (!(drawn > 0)) continue;
    const share = `${(drawn * 100).toFixed(3)}%`;
    const seam = `${((drawn - UNDER) * 100).toFixed(3)}%`;
    const rest = `${((1 - drawn + UNDER) * 100).toFixed(3)}%`;
    for (const part of lanes.querySelectorAll("[data-drawn]")) part.setAttribute("width", share);
    for (const tail of lanes.querySelectorAll("[data-tail]")) {
      tail.setAttribute("x", seam);
      tail.setAttribute("width", rest);
    }
  }
}

grow();
setInterval(grow, 1000);
document.addEventListener("htmx:after:swap", grow);
