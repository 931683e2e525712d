// The page's one form: it asks the API, and shows a sentiment only for an answer that is whole.

import { isAnswer, isModel, isProblem } from "./shapes.js";
import { described, fillAnswer } from "./telling.js";

const TIMEOUT_SECONDS = 35; // the API itself gives up after 30
const TRIES = 6; // with a model that is warming up
const WAIT_SECONDS = { usual: 5, most: 60 };
const TEXT_LIMIT = 20_000; // the API's
const CANCELLED = Symbol("cancelled");

const element = (id) => document.getElementById(id);
const form = element("form");
const review = element("review");
const status = element("status");
const answer = element("answer");

let question = null; // the AbortController of the question under way
let liveRun = null;

/** What ends a question or delays it, in a sentence for the person who asked. */
class Trouble extends Error {
  constructor(sentence, { passesInSeconds = null, reviewIsWrong = false } = {}) {
    super(sentence);
    this.passesInSeconds = passesInSeconds;
    this.reviewIsWrong = reviewIsWrong;
  }
}

async function submit(event) {
  event.preventDefault();
  if (question) return;
  clear();
  question = new AbortController();
  showBusy(true);
  try {
    const { run, result } = await answerTo(review.value, question.signal);
    status.textContent = fillAnswer(answer, result);
    answer.hidden = false;
    answer.scrollIntoView({ block: "nearest" });
    if (run !== liveRun) showModel();
  } catch (trouble) {
    if (trouble === CANCELLED) status.textContent = "Cancelled.";
    else complain(trouble);
  } finally {
    question = null;
    showBusy(false);
  }
}

/** Ask until there is an answer: a model that is warming up is given time. */
async function answerTo(text, signal) {
  if (!text.trim()) throw new Trouble("Write a few words first.", { reviewIsWrong: true });
  for (let tries = 1; ; tries++) {
    status.textContent = "Reading …";
    try {
      return await ask(text, signal);
    } catch (trouble) {
      if (!trouble.passesInSeconds) throw trouble;
      if (tries === TRIES) {
        throw new Trouble(`${trouble.message} ${TRIES} tries were in vain. Try again later.`);
      }
      await countDown(trouble, signal);
    }
  }
}

async function ask(text, signal) {
  const response = await reach("/api/sentiment", signal, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text }),
  });
  if (response.status !== 200) throw troubleOf(response);
  if (!isAnswer(response.body)) {
    throw new Trouble("What came back is not a verdict, so none is shown. Try again.");
  }
  return { run: response.body.run, result: response.body.results[0] };
}

/** Fetch what should be JSON (undefined where it isn't), or throw a Trouble or CANCELLED. */
async function reach(path, signal, request) {
  const controller = new AbortController();
  const late = new Trouble(`No answer in ${TIMEOUT_SECONDS} seconds. Try again.`);
  const timer = setTimeout(() => controller.abort(late), TIMEOUT_SECONDS * 1000);
  const cancel = () => controller.abort(CANCELLED);
  signal.addEventListener("abort", cancel);
  try {
    const response = await fetch(path, { ...request, signal: controller.signal });
    const { status, headers } = response;
    return { status, headers, body: parsed(await response.text()) };
  } catch {
    if (controller.signal.aborted) throw controller.signal.reason;
    if (!navigator.onLine) throw new Trouble("You are offline. Try again once you are connected.");
    throw new Trouble("The service can't be reached. Check your connection and try again.");
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function troubleOf({ status, headers, body }) {
  const detail = isProblem(body, headers.get("content-type")) ? body.detail : null;
  const seconds = Number.parseInt(headers.get("retry-after"), 10);
  if (status === 429) {
    const unit = seconds === 1 ? "second" : "seconds";
    const when = seconds > 0 ? `in ${seconds} ${unit}` : "in a moment";
    return new Trouble(`Too many reviews at once. Try again ${when}.`);
  }
  if (status === 503 || status === 504) {
    const passesInSeconds = seconds > 0 ? Math.min(seconds, WAIT_SECONDS.most) : WAIT_SECONDS.usual;
    return new Trouble(detail ?? "The model can't be reached at the moment.", { passesInSeconds });
  }
  if (status >= 400 && status < 500) {
    const sentence = detail ?? "The service did not accept this review.";
    return new Trouble(sentence, { reviewIsWrong: true });
  }
  return new Trouble(detail ?? "Something went wrong on our side. Try again in a while.");
}

/** The seconds are for the eye only: a screen reader hears the sentence once. */
async function countDown({ message, passesInSeconds }, signal) {
  const left = document.createElement("span");
  left.setAttribute("aria-hidden", true);
  status.replaceChildren(`${message} The page asks again by itself `, left);
  for (let seconds = passesInSeconds; seconds > 0; seconds--) {
    left.textContent = `in ${seconds} s`;
    await pause(1000, signal);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(CANCELLED);
    signal.addEventListener("abort", cancel, { once: true });
    setTimeout(() => {
      signal.removeEventListener("abort", cancel);
      resolve();
    }, milliseconds);
  });
}

// --- What a person sees --------------------------------------------------------------------------

function clear() {
  answer.hidden = true;
  status.textContent = "";
  element("error").textContent = "";
  review.removeAttribute("aria-invalid");
}

function showBusy(busy) {
  form.setAttribute("aria-busy", busy);
  element("submit").setAttribute("aria-disabled", busy); // not disabled, which loses the focus
  element("cancel").hidden = !busy;
}

function complain(trouble) {
  const expected = trouble instanceof Trouble;
  if (!expected) console.error(trouble);
  status.textContent = "";
  const sentence = expected ? trouble.message : "This page failed. Reload it and try again.";
  element("error").textContent = sentence;
  if (trouble.reviewIsWrong) {
    review.setAttribute("aria-invalid", true);
    review.focus();
  }
}

/** The line at the foot of the page; the page works without it. */
async function showModel() {
  const line = element("model");
  try {
    const { status, headers, body } = await reach("/api/model", new AbortController().signal);
    if (status !== 200) throw troubleOf({ status, headers, body });
    if (!isModel(body)) throw new Trouble("That is no model.");
    liveRun = body.run;
    line.textContent = described(body);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    const passes = trouble.passesInSeconds !== null; // "No model is live yet", say
    line.textContent = passes ? trouble.message : "Which model is live can't be told just now.";
  }
}

function showLength() {
  const length = Array.from(review.value).length;
  const [used, limit] = [length, TEXT_LIMIT].map((number) => number.toLocaleString("en"));
  element("length").textContent = length > TEXT_LIMIT * 0.8 ? `${used} of ${limit} characters` : "";
}

form.addEventListener("submit", submit);
element("cancel").addEventListener("click", () => {
  question?.abort();
  review.focus();
});
review.addEventListener("input", showLength);
review.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => {
    if (question) return;
    review.value = example.dataset.review;
    showLength();
    form.requestSubmit();
  });
}
showModel();
