import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Effect, Fiber, Random, Redacted, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Pipeline, Pool, Run, Step } from "greenlang"
import { HtmlReport } from "greenlang/report"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { message: Schema.String }) {}

const evil = `</script><img src=x onerror="alert(1)">'&`
const takes = (millis: number) => <A>(value: A) => Effect.delay(Effect.succeed(value), millis)
const settings = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const Site = Pipeline.make("Site", settings, (n) => {
  const fuel = Step.make("fuel", [n], takes(100), { output: Schema.Finite })
  return Step.make("total", [fuel], takes(50))
})

const Input = Schema.Struct({
  n: Schema.Finite,
  note: Schema.String,
  key: Schema.RedactedFromValue(Schema.String)
})

/** A step for each state in which a step can end. Fails where `n` is below 0. */
const Everything = Pipeline.make(`Everything ${evil}`, {
  ...settings,
  description: "Every state",
  input: Input,
  output: Schema.Unknown
}, (input) => {
  let tries = 0
  const read = Step.make("read", [input], ({ key, n }) => {
    assert.strictEqual(Redacted.value(key), "s3cr3t")
    return Effect.as(
      Run.cite({ kind: "factor", name: evil, value: 5.31, unit: "kg/therm", source: "EPA", year: 2025 }),
      n
    )
  })
  const flaky = Step.make(
    "flaky",
    [read],
    (n) =>
      Effect.suspend(() => ++tries % 3 !== 0 ? Effect.fail(new Stuck({ message: "busy" })) : Effect.succeed(n)).pipe(
        Effect.delay(50)
      )
  ).pipe(Step.retry(Schedule.recurs(4)))
  const openai = Pool.make("openai", 1)
  const busy = Step.make("busy", [read], takes(30)).pipe(Step.inPool(openai))
  const pooled = Step.make("pooled", [read], takes(20)).pipe(Step.inPool(openai))
  const spared = Step.make("spared", [read], () => Effect.fail(new Stuck({ message: evil }))).pipe(Step.optional)
  const holds = Step.make("holds", [read], () => Effect.succeed(false))
  const skipped = Step.make("skipped", [read], takes(1)).pipe(Step.when(holds))
  const site = Step.agent("site", Site, [read], (n) => n)
  const evilStep = Step.make(evil, [read], takes(400))
  const checked = Step.make(
    "checked",
    [flaky, site],
    (n) => n < 0 ? Effect.fail(new Stuck({ message: "below\nnothing" })) : takes(10)(n)
  )
  return Step.make(
    "sum",
    [flaky, busy, pooled, spared, skipped, evilStep, checked],
    (a, b) => Effect.succeed({ sum_kwh: a + b, evil: evil.repeat(20) })
  )
})

const pageOf = (n: number, note = "") =>
  Effect.gen(function*() {
    const pages: Array<string> = []
    const input = { n, note, key: "s3cr3t" }
    const fiber = yield* Everything.run(input).pipe(
      HtmlReport.record(Everything, (page) => Effect.sync(() => pages.push(page))),
      Random.withSeed("same"),
      Effect.forkChild
    )
    yield* TestClock.adjust("1 minute")
    const exit = yield* Fiber.await(fiber)
    assert.lengthOf(pages, 1)
    return { exit, page: pages[0]! }
  })

/** The text of a page, without its markup, as a reader sees it. */
const textOf = (page: string): string =>
  page.slice(page.indexOf("<body>")).replaceAll(/<[^>]*>/g, " ").replaceAll(
    /&(lt|gt|amp|quot|#39);/g,
    (_, name: string) => ({ lt: "<", gt: ">", amp: "&", quot: "\"" })[name] ?? "'"
  ).replaceAll(/\s+/g, " ")

describe("HtmlReport", () => {
  it.effect("reports a run that answered", () =>
    Effect.gen(function*() {
      const { exit, page } = yield* pageOf(1)
      assert.strictEqual(exit._tag, "Success")
      const text = textOf(page)
      for (
        const shown of [
          "1.0.0 completed Every state",
          "Took 400 ms Steps 13",
          "sum 2 kWh",
          "flaky finished 0.0 ms 150 ms 3",
          "Attempt 2 began after 50 ms: Stuck, busy",
          "Waited for openai, from 0.0 ms on.",
          "skipped skipped",
          "spared recovered from Stuck",
          "site / fuel finished 0.0 ms 100 ms 1",
          "Runs Site 1.0.0.",
          "Policies: in pool openai.",
          "5.31 kg/therm EPA 2025 read",
          "site / fuel 100 ms Waits for the input. Answer 1",
          "site / total 50 ms Waits for fuel ."
        ]
      ) assert.include(text, shown)
    }))

  it.effect("reports a run that failed: what was wrong, and what became of the others", () =>
    Effect.gen(function*() {
      const { exit, page } = yield* pageOf(-1)
      assert.strictEqual(exit._tag, "Failure")
      const text = textOf(page)
      for (
        const shown of [
          "1.0.0 failed Every state",
          "checked : Stuck below nothing",
          "checked failed 150 ms 0.0 ms 1",
          "interrupted 0.0 ms 150 ms 1",
          "sum never started"
        ]
      ) assert.include(text, shown)
      assert.notInclude(text, "id=\"answer\"")
    }))

  it.effect("reports a run that was interrupted, and lets it end as it does", () =>
    Effect.gen(function*() {
      let page = ""
      const fiber = yield* Site.run(1).pipe(
        HtmlReport.record(Site, (written) => Effect.sync(() => page = written)),
        Effect.forkChild
      )
      yield* TestClock.adjust("30 millis")
      yield* Fiber.interrupt(fiber)
      const exit = yield* Fiber.await(fiber)
      assert.isTrue(exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause))
      assert.include(textOf(page), "Site 1.0.0 interrupted")
    }))

  it.effect("shows a failure where it happened, not again for each step around it", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make("Inner", settings, (n) =>
        Step.make("meter", [n], () =>
          Effect.fail(new Stuck({ message: "no answer" }))))
      const Outer = Pipeline.make("Outer", settings, (n) =>
        Step.agent("site", Inner, [n], (n) => n))
      let page = ""
      yield* Effect.exit(Outer.run(1).pipe(HtmlReport.record(Outer, (html) => Effect.sync(() => page = html))))
      const [section = ""] = /<section id="failures"[^]*?<\/section>/.exec(page) ?? []
      assert.strictEqual(textOf(`<body>${section}`).trim(), "Failures site / meter : Stuck no answer")
    }))

  it.effect("shows what the agent of a step was given, and masks its secrets", () =>
    Effect.gen(function*() {
      const Meter = Agent.make("Meter", {
        version: "1.0.0",
        input: Schema.Struct({ used_kwh: Schema.Finite, key: Schema.RedactedFromValue(Schema.String) }),
        output: Schema.Finite,
        execute: ({ used_kwh }) => Effect.succeed(used_kwh)
      })
      const Read = Pipeline.make("Read", settings, (n) => {
        const on = Step.make("on", [n], () => Effect.succeed(false))
        const read = Step.agent("read", Meter, [n], (n) => ({ used_kwh: n + 1, key: "s3cr3t" }))
        const spared = Step.agent("spared", Meter, [n], (n) => ({ used_kwh: n, key: "s3cr3t" })).pipe(Step.when(on))
        const broken = Step.agent("broken", Meter, [n], () => {
          throw new Error("no input")
        })
        const wrong = Step.agent("wrong", Meter, [n], () => ({ used_kwh: "s3cr3t" as never, key: "" }))
        return Step.make("sum", [read, spared, Step.optional(wrong), broken], Effect.succeed)
      })
      let page = ""
      yield* Effect.exit(
        Pipeline.drain(Read).run(6).pipe(HtmlReport.record(Read, (html) => Effect.sync(() => page = html)))
      )
      const text = textOf(page)
      assert.include(text, "Runs Meter 1.0.0. Input used 7 kWh key <redacted> Answer 7")
      assert.strictEqual(text.split("<redacted>").length, 2)
      assert.include(text, "broken : StepDied step `broken` of pipeline `Read` died: Error: no input")
      assert.notInclude(page, "s3cr3t")
    }))

  it.effect("knows what steps answered, also beside another listener of the run", () =>
    Effect.gen(function*() {
      let page = ""
      const heard: Array<string> = []
      const keep = (html: string) => Effect.sync(() => page = html)
      const fiber = yield* Site.run(7).pipe(
        Pipeline.observe((event) => heard.push(event._tag)),
        HtmlReport.record(Site, keep),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.include(heard, "StepFinished")
      assert.include(textOf(page), "fuel 100 ms Waits for the input. Answer 7")
    }))

  it.effect("does not repeat an input that could not be read", () =>
    Effect.gen(function*() {
      let page = ""
      const exit = yield* Effect.exit(
        Site.run("s3cr3t" as never).pipe(
          HtmlReport.record(Site, (written) => Effect.sync(() => page = written))
        )
      )
      assert.strictEqual(exit._tag, "Failure")
      assert.include(textOf(page), "rejected")
      assert.include(textOf(page), "The input could not be read")
      assert.notInclude(page, "s3cr3t")
    }))

  it.effect("escapes whatever a run can name or say, and masks its secrets", () =>
    Effect.gen(function*() {
      for (const n of [1, -1]) {
        const { page } = yield* pageOf(n, evil)
        assert.notMatch(page, /<img|<script|onerror="/i)
        assert.include(textOf(page), evil)
        assert.notInclude(page, "s3cr3t")
        assert.include(textOf(page), "<redacted>")
        // every tag is one of ours, and closed
        const open: Array<string> = []
        for (const [, slash, name = "", rest = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>/g)) {
          if (slash === "/") assert.strictEqual(open.pop(), name)
          else if (!["meta", "link"].includes(name) && !rest.endsWith("/")) open.push(name)
        }
        assert.deepStrictEqual(open, [])
      }
    }))

  it.effect("needs nothing but itself", () =>
    Effect.gen(function*() {
      const { page } = yield* pageOf(1)
      assert.include(
        page,
        `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`
      )
      assert.notMatch(page, /\s(src|srcset|action|data|poster|on\w+)="|href="(?!#)/) // a quote in a text is escaped
      assert.notMatch(page, /@import|url\((?!#)|<(script|link|iframe|object|form|base|img)\b/)
    }))

  it.effect("is the same page for the same run", () =>
    Effect.gen(function*() {
      const [first, second] = [yield* pageOf(1), yield* pageOf(1)]
      const at = /datetime="[^"]*"|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?|[0-9a-f]{8}-[0-9a-f-]{27}/g
      assert.strictEqual(first.page.replaceAll(at, ""), second.page.replaceAll(at, ""))
    }))

  it.effect("shows the one id of a run, also beside another recorder, and no two runs have the same", () =>
    Effect.gen(function*() {
      const Half = Agent.make("Half", { ...settings, execute: (n) => Effect.delay(Effect.succeed(n / 2), n) })
      const ids: Array<string> = []
      const keep = (page: string) => Effect.sync(() => ids.push(/class="id">([^<]+)</.exec(page)![1]!))
      const run = (n: number) => Half.run(n).pipe(HtmlReport.record(Half, keep))
      const { metadata } = yield* run(0).pipe(HtmlReport.record(Half, keep))
      assert.deepStrictEqual(ids.splice(0), [metadata.runId, metadata.runId])
      const fiber = yield* Effect.all([run(1), run(2)], { concurrency: 2 }).pipe(
        Effect.map(([one]) => one),
        HtmlReport.record(Half, keep),
        Effect.forkChild
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.lengthOf(ids, 3)
      assert.strictEqual(new Set(ids).size, 2)
    }))

  it.effect("cuts what is long, and keeps the whole behind it", () =>
    Effect.gen(function*() {
      const long = `${"word ".repeat(2000)}the end`
      const { page } = yield* pageOf(1, long)
      assert.include(page, "Show all 10,007 characters")
      assert.include(page, `<div class="text">${long}</div>`)
    }))

  it.effect("is a page of an agent that is not a pipeline, too", () =>
    Effect.gen(function*() {
      const Half = Agent.make("Half", { ...settings, execute: (n) => Effect.succeed(n / 2) })
      let page = ""
      yield* Half.run(5).pipe(HtmlReport.record(Half, (written) => Effect.sync(() => page = written)))
      const text = textOf(page)
      assert.include(text, "Half 1.0.0 completed")
      assert.include(text, "Answer 2.5")
      assert.notInclude(text, "Pipeline")
    }))

  it("of 100,000 steps shows the first, the slowest and the failed ones, and says how many are left out", () => {
    const many = Array.from({ length: 100_000 }, (_, at) => ({
      path: ["list", `${at}`],
      after: [],
      state: at % 1_000 === 1 ? "failed" as const : "finished" as const,
      attempts: 1,
      startedAt: at,
      duration: at === 77_777 ? 5_000 : 1
    }))
    const list = {
      path: ["list"],
      after: ["input"],
      state: "finished" as const,
      attempts: 1,
      startedAt: 0,
      duration: 1
    }
    const page = HtmlReport.render({
      ...blank,
      steps: [list, ...many],
      citations: many.map((_, at) => ({
        kind: "calculation",
        step: `${at}`,
        formula: "1",
        inputs: {},
        output: 1,
        unit: "kg"
      })),
      failures: many.map(({ path }) => ({ step: path.join(" / "), _tag: "Stuck", message: path.join(" / ") }))
    })
    const text = textOf(page)
    assert.isBelow(page.length, 1_500_000)
    for (const path of ["list / 0 ", "list / 77777 ", "list / 1 "]) assert.include(text, path)
    assert.include(text, "99,701 more are left out.")
    assert.include(text, "99,500 more citations are left out.")
    assert.match(text, /[\d,]+ more failures are left out\./)
  })

  it("shows a part of an answer of any size or depth", () => {
    const deep = (levels: number) => {
      let value: Schema.Json = 1
      for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value }
      return value
    }
    const rows = Array.from({ length: 100_000 }, (_, at) => ({ name: `row ${at}`, value_kg: at }))
    const answers: ReadonlyArray<Schema.Json> = [
      deep(1_000),
      deep(8_000),
      rows,
      { rows, deep: deep(3_000) },
      "x".repeat(5_000_000),
      Object.fromEntries(rows.map(({ name, value_kg }) => [name, value_kg]))
    ]
    for (const output of answers) {
      const page = HtmlReport.render({ ...blank, output, input: output, annotations: { note: output } })
      assert.isBelow(page.length, 2_500_000)
      assert.include(textOf(page), "This is a part of the value.")
    }
  })
})

const blank = {
  id: "01",
  agent: "Large",
  version: "1.0.0",
  kind: "pipeline" as const,
  outcome: "completed" as const,
  startedAt: DateTime.makeUnsafe(0),
  durationMs: 100_000,
  attributes: {},
  failures: [],
  steps: [],
  criticalPath: [],
  usage: Run.noUsage,
  citations: [],
  annotations: {}
}
