// The clock, the ages ("12 detik lalu") and the countdowns of signals, written in the browser so that they move without the server.
// window.simpang comes from pages/frame.py: the server's time, the city's zone and the language's patterns.
(() => {
  const { ages, now, zone, lang } = window.simpang;
  const offset = now - Date.now();
  const clock = new Intl.DateTimeFormat(lang === "id" ? "id-ID" : "en-GB", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone,
  });
  const lasting = (seconds) => {
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (seconds >= length) return ages[unit].replace("{n}", Math.floor(seconds / length));
    }
    return ages.second.replace("{n}", Math.max(0, Math.floor(seconds)));
  };
  const write = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const tick = () => {
    const time = Date.now() + offset;
    document.querySelectorAll("[data-clock]").forEach((element) => write(element, clock.format(time)));
    document.querySelectorAll("[data-since]").forEach((element) => {
      const age = lasting((time - Number(element.dataset.since)) / 1000);
      write(element, element.dataset.form === "length" ? age : ages.ago.replace("{age}", age));
    });
    // Countdowns of signals: seconds left, and the bar of a green between its minimum and its maximum.
    document.querySelectorAll("[data-until]").forEach((element) => {
      const left = (Number(element.dataset.until) - time) / 1000;
      const shown = left < 600 ? ages.second.replace("{n}", Math.ceil(left)) : lasting(left);
      write(element, left > 0 ? shown : element.dataset.past);
    });
    document.querySelectorAll("[data-began]").forEach((element) => {
      const share = (time - Number(element.dataset.began)) / (1000 * Number(element.dataset.most));
      element.style.setProperty("--share", Math.min(1, Math.max(0, share)).toFixed(3));
    });
  };
  setInterval(tick, 500);
  tick();
})();
