// What the API must have said for the page to believe it: every part there, every number possible.

const SENTIMENTS = ["positive", "negative", "unsure"];

/** The answer to one review. */
export function isAnswer(body) {
  if (!isObject(body) || !isText(body.run) || !Array.isArray(body.results)) return false;
  return body.results.length === 1 && isResult(body.results[0]);
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
    areWords(words, Array.from(text).length) &&
    Array.isArray(used) &&
    used.length === 2 &&
    areAscending([0, ...used, words.length])
  );
}

function isVerdict({ sentiment, probability, unsure_because: because }) {
  if (sentiment === "unsure") return isText(because);
  const likelier = sentiment === "positive" ? probability >= 0.5 : probability <= 0.5;
  return SENTIMENTS.includes(sentiment) && because === null && likelier;
}

/** Places in a text of so many code points, one behind the other. */
function areWords(words, length) {
  const areWhole = words.every(
    (word) => isObject(word) && Number.isFinite(word.contribution) && word.start < word.end,
  );
  return areWhole && areAscending([0, ...words.flatMap(({ start, end }) => [start, end]), length]);
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
    (body.rows === null || (Number.isInteger(body.rows) && body.rows >= 0)) &&
    [body.dataset, body.trained_at].every((text) => text === null || isText(text))
  );
}

/** Problem details (RFC 9457), whose `detail` is a sentence for people. */
export function isProblem(body, contentType) {
  return /^application\/problem\+json\b/.test(contentType) && isObject(body) && isText(body.detail);
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string" && value.trim() !== "";
const isShare = (value) => Number.isFinite(value) && 0 <= value && value <= 1;
