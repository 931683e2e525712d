// The page: which of its rooms is open, and what stands in its address.

import * as compare from "./compare.js";
import * as history from "./history.js";
import * as many from "./many.js";
import { heard, showModel } from "./model.js";
import * as single from "./single.js";
import { element } from "./telling.js";

const ROOMS = ["one", "many", "compare", "about"];
const SHARED = "#review=";

/** Open the room that the address names; a shared review is judged and leaves the address. */
function open() {
  const { hash } = location;
  const name = ROOMS.includes(hash.slice(1)) ? hash.slice(1) : "one";
  for (const room of ROOMS) element(room).hidden = room !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (name === "compare") compare.compareWith(element("review").value);
  if (!hash.startsWith(SHARED)) return;
  globalThis.history.replaceState(null, "", location.pathname);
  const text = decoded(hash.slice(SHARED.length));
  if (text.trim()) single.judgeText(text);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

element("scriptless").remove();
single.start(heard);
many.start();
compare.start();
history.start(single.judgeText);
window.addEventListener("hashchange", open);
open();
showModel();
