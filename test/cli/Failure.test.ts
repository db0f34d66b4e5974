import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Redacted, Schema } from "effect"
import { InvalidInput, TimedOut } from "greenlang"
import * as Failure from "greenlang/cli/Failure"
import * as Style from "greenlang/cli/Style"

class NoReading extends Schema.TaggedError<NoReading>()("NoReading", {
  place: Schema.String,
  after: Schema.DurationFromMillis
}) {
  override get message() {
    return `no reading at ${this.place}`
  }
}

const noReading = new NoReading({ place: "Bonn", after: Duration.seconds(1) })

describe("Failure", () => {
  it("encodes an error by the schema that was stated", () => {
    assert.strictEqual(
      JSON.stringify(Failure.toJson(Cause.fail(noReading), NoReading)),
      `{"_tag":"NoReading","message":"no reading at Bonn","place":"Bonn","after":1000}`
    )
  })

  it("encodes an error by its own class where none was stated, or another", () => {
    assert.propertyVal(Failure.toJson(Cause.fail(noReading), undefined), "after", 1000)
    assert.propertyVal(Failure.toJson(Cause.fail(noReading), InvalidInput), "after", 1000)
  })

  it("encodes what the runtime fails with", () => {
    const error = new TimedOut({
      agent: "A",
      phase: "run",
      limit: Duration.seconds(1),
      elapsed: Duration.millis(1002)
    })
    const json = Failure.toJson(Cause.fail(error), NoReading)
    assert.propertyVal(json, "_tag", "TimedOut")
    assert.propertyVal(json, "limit", 1000)
  })

  it("prefers a typed failure to the defects beside it", () => {
    const cause = Cause.combine(Cause.die(new Error("boom")), Cause.fail(noReading))
    assert.propertyVal(Failure.toJson(cause, NoReading), "_tag", "NoReading")
  })

  it("has tag and message of what no schema knows, and nothing else", () => {
    const secret = Redacted.make("sk-secret")
    const json = JSON.stringify(Failure.toJson(Cause.fail({ _tag: "Odd", message: "odd", secret }), NoReading))
    assert.strictEqual(json, `{"_tag":"Odd","message":"odd"}`)
    assert.deepStrictEqual(Failure.toJson(Cause.fail("text"), undefined), { _tag: "Failure", message: "text" })
    assert.deepStrictEqual(Failure.toJson(Cause.die("bug"), undefined), { _tag: "Defect", message: "bug" })
  })

  it("is text for people, as wide as they can see", () => {
    const issues = [{ path: "amount", message: "is missing", expected: "a number (how much, in the given unit)" }]
    const text = Failure.toText(Cause.fail(new InvalidInput({ agent: "Fuel", issues })), Style.plain, 50)
    assert.deepStrictEqual(text.split("\n"), [
      "✗ InvalidInput",
      "  Fuel was given an input it cannot read:",
      "  amount: is missing; expected a number (how",
      "    much, in the given unit)"
    ])
  })
})
