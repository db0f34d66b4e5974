/**
 * The SQLite file of a user, in the data folder of the platform. It is never in the working directory.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { existsSync } from "node:fs"
import { isAbsolute, join } from "node:path"
import { DatabaseError, NoDataFolder } from "../DatabaseError.ts"

const name = join("greenlang", "greenlang.db")

/** A file that an earlier version made elsewhere is used where it is. */
export const path = Effect.gen(function*() {
  const folder = yield* Effect.option(UserDirectories.make().data("greenlang"))
  const file = Option.map(folder, (folder) => join(folder, "greenlang.db")).pipe(Option.filter(isAbsolute))
  if (Option.isSome(file) && existsSync(file.value)) return file.value
  const earlier = Option.map(yield* Config.option(home), (home) => join(home, ".local", "share", name))
  if (Option.isSome(earlier) && isAbsolute(earlier.value) && existsSync(earlier.value)) return earlier.value
  if (Option.isSome(file)) return file.value
  return yield* new DatabaseError({ reason: new NoDataFolder({}) })
})

const home = Config.orElse(Config.NonEmptyString("HOME"), () => Config.NonEmptyString("USERPROFILE"))
