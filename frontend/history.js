// Reviews of before: in this browser only, kept only if the reader asks for it, erased at once.

import { element, made } from "./telling.js";

const KEY = "verdict-reviews";
const MOST = 20;

let judgeAgain = () => {};

/** What is kept, or null where nothing may be; a browser may refuse to keep anything. */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return Array.isArray(found) ? found.filter((one) => typeof one?.text === "string") : null;
  } catch {
    return null;
  }
}

function store(reviews) {
  try {
    if (reviews === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(reviews));
  } catch {
    element("remember").checked = false; // full, or switched off
  }
}

export function keep(text, told) {
  const reviews = kept();
  if (reviews === null) return;
  store([{ text, told }, ...reviews.filter((one) => one.text !== text)].slice(0, MOST));
  show();
}

function show() {
  const reviews = kept() ?? [];
  element("erase").hidden = reviews.length === 0;
  element("remembered").replaceChildren(
    ...reviews.map(({ text, told }) => {
      const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
      const again = made("button", "example", short);
      again.type = "button";
      again.addEventListener("click", () => judgeAgain(text));
      return made("li", "", again, " ", made("span", "soft", String(told)));
    }),
  );
}

export function start(judgeText) {
  judgeAgain = judgeText;
  const remember = element("remember");
  remember.checked = kept() !== null;
  remember.addEventListener("change", () => {
    store(remember.checked ? [] : null);
    show();
  });
  element("erase").addEventListener("click", () => {
    store([]);
    show();
    remember.focus();
  });
  show();
}
