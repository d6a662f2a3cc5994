// Keys for those who read without a mouse. For each there is a link or a button that does the same.
"use strict";

const ITEMS = "ol.reports > li, ol.stories > li";

function current() {
  return document.activeElement && document.activeElement.closest(ITEMS);
}

function move(step) {
  const items = [...document.querySelectorAll(ITEMS)].filter((item) => item.querySelector("a[href]"));
  const at = items.indexOf(current());
  const next = items[at < 0 ? (step > 0 ? 0 : items.length - 1) : at + step];
  if (next) {
    next.querySelector("a[href]").focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

async function star(form) {
  const button = form.querySelector("button");
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
  if (answer.type !== "opaqueredirect" && !answer.ok) {
    return form.submit();
  }
  const action = form.elements.action;
  const isStarred = action.value === "add";
  action.value = isStarred ? "remove" : "add";
  button.setAttribute("aria-pressed", String(isStarred));
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current()?.querySelector("a[href]")?.click(),
  s: () => {
    const form = current()?.querySelector("form.star");
    if (form) star(form);
  },
  "/": () => document.getElementById("quick")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("form.star")) {
    event.preventDefault();
    star(event.target);
  }
});
