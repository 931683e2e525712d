// One review: the answer follows the typing, and is only ever shown beside the text it is about.

import { CANCELLED, TEXT_LIMIT, Trouble, answerTo, pause } from "./asking.js";
import { keep } from "./history.js";
import { lengthOf } from "./shapes.js";
import { element, explainMarks, likelyOf, markedText, sentenceItems, sumOf, sureOf, toldOf, topWords, verdictOf } from "./telling.js";

const PAUSE_MILLISECONDS = { short: 300, long: 1000 }; // in typing, before the page asks
const LONG = 5_000; // characters
const LINK_LIMIT = 8_000; // characters of a review that still fits into a link

const form = element("form");
const review = element("review");
const status = element("status");
const answer = element("answer");
const busyToo = document.querySelectorAll("#form .example");

let question = null; // the AbortController of the question under way
let shown = null; // the text whose answer is shown
let onRun = () => {};

/** Judge what stands in the field: now, or once nobody types any more. */
async function judge(pauseMilliseconds) {
  question?.abort();
  const mine = (question = new AbortController());
  const text = review.value;
  const isTyped = pauseMilliseconds > 0;
  showBusy(false);
  clear(text.trim() !== "" && !answer.hidden);
  try {
    if (!text.trim()) {
      if (isTyped) return;
      throw new Trouble("Write a few words first.", { reviewIsWrong: true });
    }
    if (lengthOf(text) > TEXT_LIMIT) {
      const limit = TEXT_LIMIT.toLocaleString("en");
      throw new Trouble(`The review is longer than ${limit} characters. Shorten it.`, { reviewIsWrong: true });
    }
    if (isTyped) await pause(pauseMilliseconds, mine.signal);
    showBusy(true);
    status.textContent = isTyped ? "" : "Reading …";
    const told = await answerTo(text, mine.signal, (trouble, signal) => countDown(status, trouble, signal));
    if (question !== mine || review.value !== text) return;
    show(told, text, isTyped);
  } catch (trouble) {
    if (question !== mine) return; // another one has taken its place
    if (trouble === CANCELLED) status.textContent = "Cancelled.";
    else complain(trouble, isTyped);
  } finally {
    if (question === mine) {
      question = null;
      showBusy(false);
    }
  }
}

function show({ result, ...model }, text, isTyped) {
  const because = result.unsure_because;
  answer.dataset.sentiment = result.sentiment;
  element("verdict").textContent = verdictOf(result);
  element("meter").value = result.confidence;
  element("sure").textContent = sureOf(result);
  element("likely").textContent = likelyOf(result);
  element("confidence").hidden = because !== null;
  element("reason").hidden = because === null;
  element("reason").textContent = because ?? "";
  const read = markedText(result);
  element("legend").hidden = !read.querySelector("mark");
  element("read").replaceChildren(read);
  element("meaning").textContent = "";
  element("notes").hidden = result.notes.length === 0;
  element("notes").textContent = result.notes.join(" ");
  element("words").replaceChildren(...topWords(result));
  const sentences = sentenceItems(result);
  element("sentences").hidden = sentences.length === 0;
  element("sentences").querySelector("ol").replaceChildren(...sentences);
  element("sum").textContent = sumOf(result, model.bias);
  element("json").querySelector("pre").textContent = JSON.stringify({ ...model, results: [result] }, null, 1);
  status.removeAttribute("data-kind");
  status.textContent = toldOf(result);
  delete answer.dataset.waiting;
  answer.style.minHeight = "";
  answer.hidden = false;
  shown = text;
  if (document.activeElement === element("cancel")) element("verdict").focus();
  if (!isTyped) answer.scrollIntoView({ block: "nearest" });
  keep(text, toldOf(result));
  onRun(model.run);
}

/** No word of the last answer stays; where another one is on its way, its place does. */
function clear(isFollowed = false) {
  shown = null;
  answer.hidden = !isFollowed;
  if (isFollowed) {
    if (answer.dataset.waiting === undefined) answer.style.minHeight = `${answer.offsetHeight}px`;
    answer.dataset.waiting = "";
    delete answer.dataset.sentiment;
    element("verdict").textContent = "…";
    for (const id of ["sure", "likely", "reason", "meaning"]) element(id).textContent = "";
    element("meter").value = 0;
  }
  status.textContent = "";
  status.removeAttribute("data-kind");
  clearError(element("error"), review);
  element("link").hidden = true;
}

function showBusy(busy) {
  form.setAttribute("aria-busy", busy);
  for (const one of [element("submit"), ...busyToo]) one.setAttribute("aria-disabled", busy);
  const cancel = element("cancel");
  if (!busy && document.activeElement === cancel) review.focus();
  cancel.hidden = !busy;
}

function complain(trouble, isTyped) {
  answer.hidden = true;
  status.textContent = "";
  showTrouble(element("error"), trouble, [review], !isTyped);
}

/** A trouble where it is read: beside its field, with the request's id to quote. */
export function showTrouble(place, trouble, fields, mayFocus) {
  const expected = trouble instanceof Trouble;
  if (!expected) console.error(trouble);
  const sentence = expected ? trouble.message : "This page failed. Reload it and try again.";
  place.dataset.kind = trouble.kind ?? "wrong";
  place.replaceChildren(sentence);
  if (trouble.requestId) {
    const id = document.createElement("small");
    id.textContent = ` Request ${trouble.requestId}`;
    place.append(id);
  }
  if (!trouble.reviewIsWrong) return;
  for (const field of fields) field.setAttribute("aria-invalid", true);
  if (mayFocus) fields[0].focus();
}

export function clearError(place, ...fields) {
  place.replaceChildren();
  for (const field of fields) field.removeAttribute("aria-invalid");
}

/** The seconds are for the eye only: a screen reader hears the sentence once. */
export async function countDown(place, { message, passesInSeconds, kind }, signal) {
  const left = document.createElement("span");
  left.setAttribute("aria-hidden", true);
  place.dataset.kind = kind;
  place.replaceChildren(`${message} The page asks again by itself `, left);
  for (let seconds = passesInSeconds; seconds > 0; seconds--) {
    left.textContent = `in ${seconds} s`;
    await pause(1000, signal);
  }
  place.textContent = "Reading …";
}

function showLength() {
  const length = review.value.length > TEXT_LIMIT * 0.7 ? lengthOf(review.value) : 0;
  const [used, limit] = [length, TEXT_LIMIT].map((number) => number.toLocaleString("en"));
  element("length").textContent = length > TEXT_LIMIT * 0.8 ? `${used} of ${limit} characters` : "";
}

/** Put a review into the field and judge it. */
export function judgeText(text) {
  review.value = text;
  showLength();
  judge(0);
}

function share() {
  const link = element("link");
  link.hidden = false;
  if (!review.value.trim() || review.value.length > LINK_LIMIT) {
    link.textContent = review.value.trim()
      ? `A link holds at most ${LINK_LIMIT.toLocaleString("en")} characters.`
      : "Write a few words first.";
    return;
  }
  const address = `${location.origin}${location.pathname}#review=${encodeURIComponent(review.value)}`;
  const field = document.createElement("input");
  field.readOnly = true;
  field.value = address;
  field.setAttribute("aria-label", "Link to this review");
  link.replaceChildren(field, " Whoever opens it reads the review; it is sent to no server.");
  field.focus();
  field.select();
  navigator.clipboard?.writeText(address).catch(() => {});
}

/** Wire the form; `told` hears of the run of every answer. */
export function start(told) {
  onRun = told;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") status.textContent ||= "Reading …";
    else if (review.value === shown) answer.scrollIntoView({ block: "nearest" });
    else judge(0);
  });
  element("cancel").addEventListener("click", () => {
    question?.abort();
    review.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && question) question.abort();
  });
  review.addEventListener("input", (event) => {
    showLength();
    if (event.isComposing || review.value === shown) return;
    judge(review.value.length > LONG ? PAUSE_MILLISECONDS.long : PAUSE_MILLISECONDS.short);
  });
  review.addEventListener("compositionend", () => judge(PAUSE_MILLISECONDS.short));
  review.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  for (const example of busyToo) {
    example.addEventListener("click", () => {
      if (example.getAttribute("aria-disabled") !== "true") judgeText(example.dataset.review);
    });
  }
  window.addEventListener("online", () => {
    if (element("error").dataset.kind === "offline" && element("error").textContent) judge(0);
  });
  element("share").addEventListener("click", share);
  explainMarks(element("read"), element("meaning"));
}
