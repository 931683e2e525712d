// The API is asked, and believed only where its answer is whole and one to what was asked.

import { isAnswer, isProblem, isVerbatim } from "./shapes.js";

const TIMEOUT_SECONDS = 35; // the API itself gives up after 30
const TRIES = 6; // with a model that is warming up
const WAIT_SECONDS = { usual: 5, throttled: 1, most: 60 };
export const CANCELLED = Symbol("cancelled");
export const TEXT_LIMIT = 100_000; // characters, the API's

/** For a reader what the API tells an operator. */
const TO_READERS = {
  "no-model": "Nothing answers here yet: no model has been put to work. Your text stays; come back later.",
};

/** What ends a question or delays it, in a sentence for the person who asked. */
export class Trouble extends Error {
  /** `kind` is how it looks: wrong, waiting, throttled, offline or nothing. */
  constructor(sentence, { kind = "wrong", passesInSeconds = null, reviewIsWrong = false, ...more } = {}) {
    super(sentence);
    Object.assign(this, { kind, passesInSeconds, reviewIsWrong, ...more });
  }
}

/** The answer to one review: its run and result. `wait` is told of each delay. */
export async function answerTo(text, signal, wait) {
  const answer = await patiently(() => ask({ text }, [text], signal), signal, wait);
  return { ...answer, result: answer.results[0] };
}

/** The answer to several; a result may be a problem. */
export function answersTo(texts, signal, wait) {
  return patiently(() => ask({ texts }, texts, signal), signal, wait);
}

/** Ask until there is an answer: who is throttled, or meets a model that starts, is given time. */
async function patiently(once, signal, wait) {
  for (let tries = 1; ; tries++) {
    try {
      return await once();
    } catch (trouble) {
      if (!trouble.passesInSeconds) throw trouble;
      if (tries === TRIES) {
        throw new Trouble(`${trouble.message} ${TRIES} tries were in vain. Try again later.`, {
          requestId: trouble.requestId,
        });
      }
      await wait(trouble, signal);
    }
  }
}

async function ask(request, texts, signal) {
  const response = await reach("/api/sentiment", signal, {
    method: "POST",
    headers: { "content-type": "application/json" },
    // The gateway could not tell this character from bytes that are no text.
    body: JSON.stringify(request).replaceAll("\ufffd", "\\ufffd"),
  });
  if (response.status !== 200) throw troubleOf(response);
  const { body, headers } = response;
  const isOne = request.text !== undefined;
  if (!isAnswer(body, texts.length, isOne) || !body.results.every((one, n) => isVerbatim(one, texts[n]))) {
    const requestId = headers.get("x-request-id");
    throw new Trouble("What came back is not a verdict, so none is shown. Try again.", { requestId });
  }
  return body;
}

/** Fetch what should be JSON (undefined where it isn't), or throw a Trouble or CANCELLED. */
export async function reach(path, signal, request) {
  const controller = new AbortController();
  const late = new Trouble(`No answer in ${TIMEOUT_SECONDS} seconds. Try again.`);
  const timer = setTimeout(() => controller.abort(late), TIMEOUT_SECONDS * 1000);
  const cancel = () => controller.abort(CANCELLED);
  if (signal.aborted) throw CANCELLED;
  signal.addEventListener("abort", cancel);
  try {
    const response = await fetch(path, { ...request, signal: controller.signal });
    const { status, headers } = response;
    return { status, headers, body: parsed(await response.text()) };
  } catch {
    if (controller.signal.aborted) throw controller.signal.reason;
    if (!navigator.onLine) {
      const sentence = "You are offline. The page asks again once you are connected.";
      throw new Trouble(sentence, { kind: "offline" });
    }
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

export function troubleOf({ status, headers, body }) {
  const problem = isProblem(body, headers.get("content-type")) ? body : {};
  const requestId = problem.request_id ?? headers.get("x-request-id") ?? headers.get("apigw-requestid");
  const detail = TO_READERS[problem.code] ?? problem.detail;
  const seconds = Number.parseInt(headers.get("retry-after"), 10);
  const passing = (usual) => (seconds > 0 ? Math.min(seconds, WAIT_SECONDS.most) : usual);
  if (problem.code === "no-model") return new Trouble(detail, { kind: "nothing", requestId });
  if (status === 429) {
    const passesInSeconds = passing(WAIT_SECONDS.throttled);
    return new Trouble("Many are asking just now.", { kind: "throttled", passesInSeconds, requestId });
  }
  if (status === 503 || status === 504) {
    const passesInSeconds = passing(WAIT_SECONDS.usual);
    const sentence = detail ?? "The model can't be reached at the moment.";
    return new Trouble(sentence, { kind: "waiting", passesInSeconds, requestId });
  }
  if (status >= 400 && status < 500) {
    const sentence = detail ?? "The service did not accept this.";
    return new Trouble(sentence, { reviewIsWrong: true, requestId, status });
  }
  return new Trouble(detail ?? "Something went wrong on our side. Try again in a while.", { requestId });
}

export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(CANCELLED);
    if (signal.aborted) return cancel();
    signal.addEventListener("abort", cancel, { once: true });
    setTimeout(() => {
      signal.removeEventListener("abort", cancel);
      resolve();
    }, milliseconds);
  });
}
