// Which checks passed: of the data set as a whole, and of one pair with its views and its scene.

const SCOPES = new Map(Object.entries({ dataset: "the data set", scene: "scenes", view: "views", sample: "pairs" }));
// Problems of a check by its name, which may be any text of a file.
const problemsOf = (failed, check) => (Object.hasOwn(failed, check.name) ? failed[check.name] : 0);

// A list of checks; `failed` counts the problems of each by its name.
function checkList(checks, failed, count) {
  return h("ul", { class: "check-list" }, checks.map((check) => h("li", { class: problemsOf(failed, check) ? "failed" : "passed", "data-check": check.name },
    h("span", {}, h("code", {}, check.name), ` ${check.about}`),
    h("span", { class: "soft" }, problemsOf(failed, check) ? plural(problemsOf(failed, check), "problem") : count(check)))));
}

// All checks with what they looked at, and from where on they complain.
function checksMade() {
  const { checks, failed, checked, bounds } = REPORT.validation;
  if (!checks.length) return null;
  const passed = checks.filter((check) => !problemsOf(failed, check)).length;
  const text = passed === checks.length ? `all ${checks.length} passed` : `${passed} of ${checks.length} passed`;
  const looked = (check) => (check.scope === "dataset" ? "no problem" : `no problem in ${check.looked_at.toLocaleString("en")} ${SCOPES.get(check.scope) ?? check.scope}`);
  const rows = Object.entries(bounds).map(([name, value]) => h("div", {}, h("dt", {}, h("code", {}, name)), h("dd", {}, String(value))));
  return checked && h("details", { id: "checks-made" }, h("summary", {}, "Checks ", h("span", { class: "soft" }, text)), h("p", { class: "soft about" }, "A check that has nothing to look at, such as vectors that a job did not ask for, passes."), checkList(checks, failed, looked),
    rows.length > 0 && h("details", { class: "rest" }, h("summary", {}, "Thresholds: where checks begin to complain"), h("dl", { class: "facts" }, rows)));
}

function showChecks(sample) {
  const { checks, checked } = REPORT.validation;
  const failed = {};
  for (const problem of sample.problems) failed[problem.check] = problemsOf(failed, { name: problem.check }) + 1;
  const mine = checks.filter((check) => check.scope !== "dataset");
  const bad = mine.filter((check) => problemsOf(failed, check)).length;
  const lost = Object.hasOwn(failed, "scene_opens") || !sample.key;
  let text = bad ? `${mine.length - bad} of ${mine.length} checks of this pair, its views and its scene passed.` : `All ${mine.length} checks of this pair, its views and its scene passed.`;
  if (!checked) text = "Not validated: write the report with `dsia-gen dataset report DATASET --validate`.";
  else if (lost) text = "Not checked: the scene cannot be opened.";
  else if (!mine.length) text = Object.keys(failed).length ? "Problems are named above." : "Validated without a problem; the names of the checks are kept from the next validation on.";
  const list = checked && !lost && mine.length > 0 && h("details", {}, h("summary", {}, "Which ones"), checkList(mine, failed, () => "passed"));
  fill(find("checks"), h("p", { class: "about" }, text), list);
}
