// What the API must have said for the page to believe it: all parts, numbers possible.

const SENTIMENTS = ["positive", "negative", "unsure"];
// What the API may take out of a review before it reads it; without it, it reads what was sent.
const MAY_CHANGE =
  /[<&\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/u;

/** The answer to so many reviews; to one alone it is a verdict, of several each may be a problem. */
export function isAnswer(body, count, isOne) {
  if (!isObject(body) || !Array.isArray(body.results) || body.results.length !== count) return false;
  const isFine = (result) => isResult(result, body) || (!isOne && isUnanswered(result));
  if (!body.results.every(isFine)) return false;
  const isNobodys = body.run === null && body.unsure === null && body.bias === null;
  return body.results.every(isUnanswered) ? isNobodys || isModels(body) : isModels(body);
}

function isModels({ run, unsure, bias }) {
  const isBand = Array.isArray(unsure) && unsure.length === 2 && unsure.every(isShare);
  return isText(run) && isBand && unsure[0] <= unsure[1] && Number.isFinite(bias);
}

function isUnanswered(result) {
  return isObject(result) && isObject(result.problem) && isText(result.problem.detail) && isText(result.problem.code);
}

function isResult(result) {
  if (!isObject(result) || typeof result.text !== "string") return false;
  const { probability, confidence, notes, text, words, used } = result;
  return (
    isShare(probability) &&
    isShare(confidence) &&
    Math.abs(Math.max(probability, 1 - probability) - confidence) < 0.001 &&
    isVerdict(result) &&
    Array.isArray(notes) &&
    notes.every(isText) &&
    Array.isArray(words) &&
    areWords(words, lengthOf(text)) &&
    Array.isArray(used) &&
    used.length === 2 &&
    areAscending([0, ...used, words.length])
  );
}

/** Whether a result is about the review that was sent. */
export function isVerbatim(result, review) {
  return result.text === undefined || MAY_CHANGE.test(review) || result.text === review;
}

/** Code points, as the API counts. */
export function lengthOf(text) {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

function isVerdict({ sentiment, probability, unsure_because: because }) {
  if (sentiment === "unsure") return isText(because);
  const likelier = sentiment === "positive" ? probability >= 0.5 : probability <= 0.5;
  return SENTIMENTS.includes(sentiment) && because === null && likelier;
}

/** Places in a text of so many code points, one behind the other. */
function areWords(words, length) {
  let last = 0;
  for (const word of words) {
    if (!isObject(word) || !Number.isFinite(word.contribution)) return false;
    if (!areAscending([last, word.start, word.end, length]) || word.start === word.end) return false;
    last = word.end;
  }
  return true;
}

function areAscending(numbers) {
  return numbers.every(
    (number, index) => Number.isInteger(number) && (index === 0 || numbers[index - 1] <= number),
  );
}

/** What is known of the live model; the registry may lack a number. */
export function isModel(body) {
  return (
    isObject(body) &&
    isText(body.run) &&
    [body.accuracy, body.baseline_accuracy].every((share) => share === null || isShare(share)) &&
    (body.rows === null || isCount(body.rows)) &&
    [body.dataset, body.trained_at].every((text) => text === null || isText(text)) &&
    isText(body.endpoint_changed_at) &&
    (body.evaluation === null || isEvaluation(body.evaluation))
  );
}

function isEvaluation(found) {
  return (
    isObject(found) &&
    isCount(found.reviews) &&
    isShare(found.calibration_error) &&
    [found.confusion, found.reliability, found.behaviour, found.slices, found.unsure].every(Array.isArray) &&
    found.confusion.length === 2 &&
    found.confusion.every((row) => Array.isArray(row) && row.length === 2 && row.every(isCount)) &&
    found.unsure.length === 2 &&
    found.unsure.every(isShare) &&
    found.reliability.every((bin) => isObject(bin) && isCount(bin.reviews) && isShare(bin.probability) && isShare(bin.positive)) &&
    found.behaviour.every((one) => isObject(one) && isText(one.what) && isCount(one.of) && isCount(one.passed)) &&
    found.slices.every((one) => isObject(one) && isText(one.what) && isShare(one.accuracy))
  );
}

/** Problem details (RFC 9457), whose `detail` is a sentence for people. */
export function isProblem(body, contentType) {
  return /^application\/problem\+json\b/.test(contentType) && isObject(body) && isText(body.detail);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string" && value.trim() !== "";
const isShare = (value) => Number.isFinite(value) && 0 <= value && value <= 1;
const isCount = (value) => Number.isInteger(value) && value >= 0;
