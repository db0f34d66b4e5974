import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { Agent, Pipeline } from "greenlang"
import * as Project from "greenlang/project/Project"
import * as Returned from "../../src/agent/internal/Returned.ts"
import * as Stated from "../../src/agent/internal/Stated.ts"
import * as Described from "../../src/internal/Described.ts"
import * as StepBox from "../../src/pipeline/internal/StepBox.ts"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Double = Agent.make("Double", { ...numbers, execute: (n) => Effect.succeed(n * 2) })
const Same = Pipeline.make("Same", numbers, (n) => n)

/** Each guard, and a value that it accepts. */
const guards: Readonly<Record<string, readonly [is: (value: never) => boolean, accepted: unknown]>> = {
  isList: [Described.isList, [1]],
  isInstance: [(value) => Described.isInstance(value, Date), new Date()],
  isPromise: [Returned.isPromise, Promise.resolve()],
  isEffect: [Returned.isEffect, Effect.void],
  isLayer: [Stated.isLayer, Layer.empty],
  isStep: [StepBox.isStep, Same.steps[0]],
  isAgent: [Agent.isAgent, Double],
  isPipeline: [Pipeline.isPipeline, Same],
  isProject: [Project.isProject, Project.make({ agents: [Double] })]
}

const refuse = (): never => {
  throw new Error("a trap that throws")
}
const revoked = (target: object) => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const hostile: ReadonlyArray<unknown> = [
  revoked({}),
  revoked([]),
  revoked(() => {}),
  new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse }),
  null,
  undefined,
  "a text",
  7
]

describe("a guard", () => {
  for (const [name, [is, accepted]] of Object.entries(guards)) {
    it(`accepts what it asks for, and throws for nothing that throws when it is asked: ${name}`, () => {
      assert.isTrue(is(accepted as never))
      for (const value of hostile) assert.isFalse(is(value as never))
    })
  }
})
