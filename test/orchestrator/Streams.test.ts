/** Secrets that a model writes in pieces, and events without gaps. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { Pipeline, Run, Step } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Database from "greenlang/database/Database"
import { History, Orchestrator } from "greenlang/orchestrator"
import { type OrchestratorEvent } from "greenlang/orchestrator/OrchestratorEvent"
import * as Secrets from "greenlang/testing/Secrets"
import * as ShownEvents from "../../src/orchestrator/internal/ShownEvents.ts"
import { random } from "../misuse/modules/malformed.ts"
import * as CommandLine from "../support/CommandLine.ts"

// In pieces, so that no scanner takes this file for a leak.
const stated = ["Zk9-", "fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"].join("")
const words = "correct horse battery staple"
const looks = ["sk-proj-", "a1B2c3D4e5F6g7H8i9J0"].join("")
const bearer = ["Bearer ", "a1B2c3D4e5F6g7H8"].join("")
const key = [
  "-----BEGIN RSA PRIVATE",
  " KEY-----\nMIIEowIBAAKCAQEA7\nq2w3e4r5t6y7u8i9o0\n",
  "-----END RSA PRIVATE",
  " KEY-----"
].join("")

const Input = Schema.Struct({
  key: Schema.RedactedFromValue(Schema.String),
  password: Schema.RedactedFromValue(Schema.String),
  pieces: Schema.Array(Schema.String)
})

/** Writes pieces, and answers with them. */
const Writes = Pipeline.make(
  "Writes",
  { version: "1.0.0", input: Input, output: Schema.Struct({ all: Schema.Array(Schema.String) }) },
  (input) => {
    const writes = (name: string) =>
      Step.make(name, [input], ({ pieces }) => Effect.as(Effect.forEach(pieces, Run.emitToken), pieces))
    return Step.make("joins", [writes("one"), writes("two")], (all) => Effect.succeed({ all }))
  }
)

const orchestrator = Orchestrator.layer({ agents: [Writes] }).pipe(
  Layer.provideMerge(History.layer()),
  Layer.provide(Database.layerMemory)
)

const shown = (pieces: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { events, run } = yield* Orchestrator
    const seen: Array<OrchestratorEvent> = []
    const listener = yield* Effect.forkChild(
      Stream.runForEach(Stream.takeUntil(events, ({ _tag }) => _tag === "Ended"), (event) =>
        Effect.sync(() => seen.push(event)))
    )
    yield* Effect.yieldNow
    yield* run("Writes", { key: stated, password: words, pieces })
    yield* Fiber.join(listener)
    const [entry] = yield* Effect.flatMap(History, (history) =>
      history.list({ limit: 1 }))
    return { entry: JSON.stringify(entry), seen }
  })

/** The events of the run, out of those of the orchestrator. */
const eventsOf = (seen: ReadonlyArray<OrchestratorEvent>) => seen.flatMap((one) => "event" in one ? [one.event] : [])

const textOf = (seen: ReadonlyArray<OrchestratorEvent>, step: string) =>
  eventsOf(seen).flatMap((event) => event._tag === "TextDelta" && event.path[0] === step ? [event.text] : [])

/** The text in pieces of so many letters. */
const cut = (text: string, size: number): ReadonlyArray<string> =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size))

const forms: Readonly<Record<string, string>> = {
  "a secret of the input": stated,
  "in lower case": stated.toLowerCase(),
  "in base64": Buffer.from(stated).toString("base64"),
  "in hex": Buffer.from(stated).toString("hex"),
  "spaced out": [...stated].join(" "),
  "over lines": stated.replaceAll(/(.{8})/g, "$1\n> "),
  "of several words": words,
  "that looks like a key": looks,
  "behind Bearer": bearer,
  "a private key of several lines": key,
  "in an address": `https://user:${looks}@example.com/a`
}

const hide = Secrets.hide([Redacted.make(stated), Redacted.make(words)])

/** What is left of a text without its blanks and marks. */
const lettersOf = (text: string) => text.replaceAll(/[^A-Za-z\d]/g, "")

describe("a stream of text", () => {
  for (const [form, secret] of Object.entries(forms)) {
    for (const size of [1, 2, 3, 4, 7, 1_000]) {
      it.live(`hides ${form}, in pieces of ${size} letters`, () =>
        Effect.gen(function*() {
          const whole = `The key is ${secret} and no more, as I said.`
          const { seen } = yield* shown(cut(whole, size))
          for (const step of ["one", "two"]) {
            const text = textOf(seen, step).join("")
            assert.strictEqual(text, hide(whole))
            assert.include(text, "<redacted>")
            assert.notInclude(lettersOf(text), lettersOf(secret).slice(8, 20))
          }
        }).pipe(Effect.provide(orchestrator)))
    }
  }

  it.live("goes on word by word, and changes nothing that is not a secret", () =>
    Effect.gen(function*() {
      const prose =
        "Natural gas of 1,000 therms emits 5,311.43 kg, see https://example.com/a?b=c.\n\n- one\n- zwei für dich 你好 "
      for (const size of [1, 4, 9]) {
        const { seen } = yield* shown(cut(prose.repeat(20), size))
        const texts = textOf(seen, "one")
        assert.strictEqual(texts.join(""), prose.repeat(20))
        assert.isAbove(texts.length, 200 / size)
        // no piece waits for long
        for (const text of texts) assert.isBelow(text.length, 60)
      }
    }).pipe(Effect.provide(orchestrator)))

  it.live("goes on in a word without an end", () =>
    Effect.gen(function*() {
      const long = "ab".repeat(20_000)
      const { seen } = yield* shown([...cut(long, 50), stated, " end"])
      const texts = textOf(seen, "one")
      assert.isAbove(texts.length, 10)
      assert.strictEqual(texts.join(""), `${long}<redacted> end`)
    }).pipe(Effect.provide(orchestrator)))

  it.live("has events whose numbers have no gap, also where pieces are held", () =>
    Effect.gen(function*() {
      for (const pieces of [["a"], cut(`x ${stated} y`, 2), [stated], ["a ", "b ", looks], []]) {
        const { seen } = yield* shown(pieces)
        const events = eventsOf(seen)
        assert.isAbove(events.length, 4)
        assert.deepStrictEqual(events.map(({ seq }) => seq), events.map((_, at) => at))
        // the end of a text comes before the end of its step
        const at = events.findLastIndex(({ _tag, path }) => _tag === "TextDelta" && path[0] === "one")
        assert.isBelow(at, events.findIndex(({ _tag, path }) => _tag === "StepFinished" && path[0] === "one"))
      }
    }).pipe(Effect.provide(orchestrator)))

  it.live("is hidden by the command line, too, without a gap", () =>
    Effect.gen(function*() {
      const catalog = Catalog.make([Catalog.entry("Writes", Effect.succeed(Writes), Layer.empty)])
      const input = { key: stated, password: words, pieces: cut(`The key is ${stated} and ${looks}.`, 3) }
      const { code, stdout } = yield* CommandLine.run(["run", "Writes", JSON.stringify(input), "--events"], { catalog })
      assert.strictEqual(code, 0)
      const lines = stdout.trim().split("\n").map((line) => JSON.parse(line)).slice(0, -1)
      assert.deepStrictEqual(lines.map(({ seq }) => seq), lines.map((_, at) => at))
      const text = lines.flatMap((event) => event._tag === "TextDelta" && event.path[0] === "two" ? [event.text] : [])
      assert.strictEqual(text.join(""), "The key is <redacted> and <redacted>.")
    }))
})

describe("a secret in several fields", () => {
  it.live("of one list or object is hidden in the history", () =>
    Effect.gen(function*() {
      for (const size of [1, 4, 11]) {
        const { entry } = yield* shown(["before ", ...cut(stated, size), "after"])
        for (const part of [stated.slice(0, 11), stated.slice(-11)]) assert.notInclude(entry, part)
        assert.notInclude(entry, cut(stated, size).map((piece) => JSON.stringify(piece)).join())
        assert.include(entry, "before ")
        assert.include(entry, "after")
      }
    }).pipe(Effect.provide(orchestrator)))
})

describe("any text in any pieces", () => {
  it("is shown as the whole text would be", () => {
    const next = random(7)
    const pick = <A>(all: ReadonlyArray<A>): A => all[Math.floor(next() * all.length)]!
    const hiding = ShownEvents.hiding([Redacted.make(stated), Redacted.make(words)])
    const prose = [
      "the",
      "5a",
      "Zk9",
      "gas,",
      "sk-",
      "Bearer",
      "https://",
      "correct",
      "=",
      "\n",
      "eyJ",
      "-----",
      "你好",
      "\\u00",
      ":"
    ]
    let [hidden, equal] = [0, 0]
    for (let round = 0; round < 2_000; round++) {
      const whole = Array.from(
        { length: 3 + Math.floor(next() * 12) },
        () => next() < 0.2 ? pick(Object.values(forms)) : pick(prose)
      ).map((word) => word + pick([" ", " ", "", ".", "\n"])).join("")
      const shown = new ShownEvents.ShownEvents(() => hiding)
      const pieces: Array<string> = []
      for (let at = 0; at < whole.length;) {
        const size = 1 + Math.floor(next() * next() * 20)
        pieces.push(whole.slice(at, at + size))
        at += size
      }
      const place = { path: ["one"], run: "r", seq: 0, at: 0 }
      const events = [
        ...pieces.flatMap((text) => shown.of({ _tag: "TextDelta", text, ...place })),
        ...shown.of({ _tag: "StepFinished", attempts: 1, usage: Run.noUsage, ...place })
      ]
      const text = events.flatMap((event) => event._tag === "TextDelta" ? [event.text] : []).join("")
      if (whole.includes(stated)) hidden++
      for (const secret of [stated, words]) assert.notInclude(text, secret, JSON.stringify([pieces, text]))
      if (text === hide(whole)) equal++
    }
    assert.isAbove(hidden, 100)
    // two secrets without a gap may be hidden as one
    assert.isAbove(equal, 1_960)
  })
})
