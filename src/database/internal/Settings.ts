/**
 * Settings of a database, which a program without types may have made.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Described from "../../internal/Described.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import { DatabaseError, InvalidSetting } from "../DatabaseError.ts"

/** The duration of a setting. Fails with `InvalidSetting`. */
export const duration = (setting: string, input: unknown): Effect.Effect<Duration.Duration, DatabaseError> =>
  Option.match(DurationInput.read(input), {
    onNone: () => invalid(setting, Described.shown(input), DurationInput.expected),
    onSome: Effect.succeed
  })

/** Fails with `InvalidSetting` where the setting is not of this type. */
export const ofType = (
  setting: string,
  input: unknown,
  type: "string" | "object"
): Effect.Effect<void, DatabaseError> =>
  typeof input === type && input !== null
    ? Effect.void
    : invalid(setting, Described.shown(input), type === "string" ? "a text" : "an object")

const invalid = (setting: string, given: string, expected: string) =>
  Effect.fail(new DatabaseError({ reason: new InvalidSetting({ setting, given, expected }) }))
