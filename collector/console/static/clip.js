// Plays a recording picture by picture, at the pace at which it was taken; a picture is asked for when it is due.
"use strict";
(() => {
  const box = document.getElementById("clip"), image = box.querySelector("img"), button = box.querySelector("button");
  const slider = box.querySelector("input"), shown = box.querySelector("output");
  const times = JSON.parse(box.dataset.times), offsets = JSON.parse(box.dataset.offsets);
  let place = 0, playing = true, timer = 0;

  function show(next) {
    place = next;
    slider.value = place;
    shown.textContent = times[place];
    image.src = `${box.dataset.folder}${place}.jpg`;
  }
  function wait() {
    clearTimeout(timer);
    button.textContent = playing ? box.dataset.pause : box.dataset.resume;
    if (!playing || place + 1 >= times.length) {
      playing = false;
      button.textContent = box.dataset.resume;
      return;
    }
    timer = setTimeout(() => show(place + 1), Math.min(2000, 1000 * (offsets[place + 1] - offsets[place])));
  }
  image.addEventListener("load", wait);
  image.addEventListener("error", () => { playing = false; wait(); });
  slider.addEventListener("input", () => { playing = false; show(Number(slider.value)); });
  button.addEventListener("click", () => {
    playing = !playing;
    if (playing && place + 1 >= times.length) show(0); else wait();
  });
  show(0);
})();
