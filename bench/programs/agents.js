/** Agents for a process that blocks, on the imports that load least. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "greenlang/agent/Agent"
import { rows } from "./contract.js"

const one = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

export const double = Agent.make("Double", { ...one, execute: (n) => Effect.succeed(n * 2) })

export const echo = Agent.make("Echo", {
  ...one,
  input: Schema.Unknown,
  output: Schema.Unknown,
  execute: Effect.succeed
})

export const readsRows = Agent.make("ReadsRows", { version: "1.0.0", ...rows, execute: Effect.succeed })
