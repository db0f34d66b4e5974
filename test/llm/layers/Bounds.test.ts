/** Limits that mean nothing are refused where a layer is defined, by their name. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Pool, StepCache } from "greenlang"
import * as LlmBreaker from "greenlang/llm/layers/LlmBreaker"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import { LlmCacheStore } from "greenlang/llm/layers/LlmCacheStore"
import * as LlmLimits from "greenlang/llm/layers/LlmLimits"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import { Orchestrator } from "greenlang/orchestrator"

type Define = (given: never) => unknown

const layers: ReadonlyArray<readonly [name: string, define: Define, zero: "zero is right" | "zero is wrong"]> = [
  ["tokens", (tokens) => LlmBudget.layer({ tokens }), "zero is right"],
  ["costUsd", (costUsd) => LlmBudget.layerAccount({ costUsd }), "zero is right"],
  ["tokens", (tokens) => LlmBudget.within(Effect.void, { tokens }), "zero is right"],
  ["maxOutputTokens", (maxOutputTokens) => LlmBudget.layerProvider({ maxOutputTokens }), "zero is wrong"],
  ["inFlight", (inFlight) => LlmLimits.layer({ inFlight }), "zero is wrong"],
  ["requestsPerMinute", (requestsPerMinute) => LlmLimits.layer({ requestsPerMinute }), "zero is wrong"],
  ["tokensPerMinute", (tokensPerMinute) => LlmLimits.layer({ tokensPerMinute }), "zero is wrong"],
  ["inputTokensPerMinute", (inputTokensPerMinute) => LlmLimits.layer({ inputTokensPerMinute }), "zero is wrong"],
  ["outputTokensPerMinute", (outputTokensPerMinute) => LlmLimits.layer({ outputTokensPerMinute }), "zero is wrong"],
  ["failures", (failures) => LlmBreaker.layer({ failures }), "zero is wrong"],
  ["times", (times) => LlmRetry.layer({ times }), "zero is right"],
  ["capacity", (capacity) => LlmCache.layer({ capacity, timeToLive: "1 hour" }), "zero is wrong"],
  ["capacity", (capacity) => LlmCacheStore.layerMemory({ capacity }), "zero is wrong"],
  ["capacity", (capacity) => StepCache.layerMemory({ capacity }), "zero is wrong"],
  ["size", (size) => Pool.make("vendor", size), "zero is wrong"],
  ["concurrency", (concurrency) => Orchestrator.layer({ agents: [], concurrency }), "zero is wrong"]
]

const durations: ReadonlyArray<readonly [name: string, define: Define]> = [
  ["maxRetryAfter", (maxRetryAfter) => LlmLimits.layer({ maxRetryAfter })],
  ["openFor", (openFor) => LlmBreaker.layer({ openFor })],
  ["within", (within) => LlmRetry.layer({ within })],
  ["pause", (pause) => LlmRetry.layer({ pause })],
  ["maxPause", (maxPause) => LlmRetry.layer({ maxPause })],
  ["maxRetryAfter", (maxRetryAfter) => LlmRetry.layer({ maxRetryAfter })],
  ["timeToLive", (timeToLive) => LlmCache.layer({ timeToLive })],
  ["queueTimeout", (queueTimeout) => Orchestrator.layer({ agents: [], queueTimeout })],
  ["recordTimeout", (recordTimeout) => Orchestrator.layer({ agents: [], recordTimeout })]
]

describe("a limit that means nothing", () => {
  for (const [at, [name, define, zero]] of layers.entries()) {
    it(`is refused by its name: ${name}, ${at + 1}`, () => {
      const wrong = [Number.NaN, -1, -Infinity, "4", {}, ...(name === "concurrency" ? [] : [Infinity])]
      for (const given of zero === "zero is wrong" ? [...wrong, 0] : wrong) {
        assert.throws(() => define(given as never), new RegExp(`${name} is `), String(given))
      }
      define(1 as never)
      if (zero === "zero is right") define(0 as never)
    })
  }

  for (const [at, [name, define]] of durations.entries()) {
    it(`is refused by its name: ${name}, a duration, ${at + 1}`, () => {
      for (const given of [Number.NaN, -1, "soon"]) {
        assert.throws(() => define(given as never), name, String(given))
      }
      define("1 second" as never)
    })
  }
})
