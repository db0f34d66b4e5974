/**
 * Checks what bounds a tool loop, before anything runs.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import type { Limits } from "../ToolAnswer.ts"

/** What a loop, an agent or a call for a value is bounded by. */
export interface Bounds {
  readonly limits?: Limits | undefined
  readonly attempts?: number | undefined
  readonly concurrency?: number | undefined
}

/** Throws `InvalidDefinition` for a bound of `subject` that bounds nothing, or that lets nothing through. */
export const check = (subject: string, { attempts, concurrency, limits = {} }: Bounds): void => {
  for (const name of ["turns", "toolCalls", "mistakes", "tokens", "costUsd"] as const) {
    checkNumber(subject, `limits.${name}`, limits[name], 0)
  }
  checkNumber(subject, "attempts", attempts, 1)
  checkNumber(subject, "concurrency", concurrency, 1)
  const { time } = limits
  if (time !== undefined && Option.isNone(Duration.fromInput(time))) {
    const expected = "a duration, such as `5 minutes`"
    throw new InvalidDefinition({ subject, problem: `limits.time is ${JSON.stringify(time)}`, expected })
  }
}

const checkNumber = (subject: string, name: string, value: number | undefined, least: number): void => {
  if (value === undefined || (typeof value === "number" && value >= least)) return
  throw new InvalidDefinition({ subject, problem: `${name} is ${value}`, expected: `${least} or more` })
}

/** Throws `InvalidDefinition` where two tools of `subject` have one name. */
export const checkNames = (subject: string, names: ReadonlyArray<string>): void => {
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (twice === undefined) return
  throw new InvalidDefinition({ subject, problem: `two tools have one name: ${twice}` })
}
