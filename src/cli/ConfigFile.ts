/**
 * The config file of a project: where it is found, how it is loaded, and what can be wrong with it.
 *
 * 1. `--config FILE` names it. Else it is the nearest `greenlang.config.ts` (or `.mts`, `.js`, `.mjs`) from the working
 *    directory upwards, as far as the root of a repository.
 * 2. Node removes the types of a TypeScript file by itself; nothing is compiled.
 * 3. `.env` beside it gives settings. What the environment sets wins.
 */
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Stdio from "effect/Stdio"
import type * as Terminal from "effect/Terminal"
import * as ForeignFile from "../internal/ForeignFile.ts"
import type * as Catalog from "./Catalog.ts"
import { InvalidConfig, UsageError, wordsOf } from "./CliError.ts"
import * as ConfigPath from "./ConfigPath.ts"
import * as Lazy from "./Lazy.ts"

/**
 * `--config`, for every command.
 *
 * @category flags
 */
export const ConfigFlag = GlobalFlag.Setting("config")({
  flag: Flag.String("config").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription("Config of your project. Default: the nearest greenlang.config.ts, from here upwards"),
    Flag.optional
  )
})

type ConfigFlag = GlobalFlag.Setting.Identifier<"config">

/** What a command works on, read when the command asks for it. @category models */
export type Source = Effect.Effect<
  Catalog.Catalog,
  UsageError | InvalidConfig,
  ConfigFlag | FileSystem.FileSystem | Path.Path | Stdio.Stdio | Terminal.Terminal
>

/**
 * The config file that the command line names, or the nearest one. Fails with a `UsageError` where it names none.
 *
 * @category loading
 */
export const find: Effect.Effect<Option.Option<string>, UsageError | InvalidConfig, ConfigFlag | Path.Path> = Effect
  .gen(
    function*() {
      const named = yield* ConfigFlag
      const nearest = ConfigPath.nearest(".")
      const file = Option.isSome(named) ? (yield* Path.Path).resolve(named.value) : nearest
      if (file === undefined) return Option.none()
      yield* Effect.mapError(
        ForeignFile.checkRegular(file),
        (error) =>
          error.reason._tag === "NotFound" && Option.isSome(named)
            ? new UsageError({
              problem: `There is no such config file: ${named.value}`,
              hint: "greenlang new DIR makes a project with one."
            })
            : new InvalidConfig({ file, problem: `it cannot be read: ${wordsOf(error)}` })
      )
      return Option.some(file)
    }
  )

/**
 * The project of the config file. `library` where there is none.
 *
 * @category loading
 */
export const source = (library: Catalog.Catalog): Source =>
  Effect.flatMap(
    find,
    Option.match({
      onNone: () => Effect.succeed(library),
      onSome: (file) =>
        Effect.flatMap(Lazy.load(() => import("./ProjectCatalog.ts")), (ProjectCatalog) => ProjectCatalog.load(file))
    })
  )

/**
 * The settings of `.env` beside the config file, where the environment does not set them.
 *
 * @category layers
 */
export const layerEnv: Layer.Layer<never, UsageError | InvalidConfig, ConfigFlag | Path.Path> = Layer.unwrap(
  Effect.gen(function*() {
    const config = yield* find
    if (Option.isNone(config)) return Layer.empty
    const path = yield* Path.Path
    const file = path.join(path.dirname(config.value), ".env")
    return yield* ForeignFile.text(file, { mostBytes: mostBytesOfEnv }).pipe(
      Effect.map((text) => ConfigProvider.layerAdd(ConfigProvider.fromDotEnvContents(text))),
      Effect.catch((error): Effect.Effect<Layer.Layer<never>, InvalidConfig> =>
        error.reason._tag === "NotFound"
          ? Effect.succeed(Layer.empty)
          : Effect.fail(new InvalidConfig({ file, problem: `it cannot be read: ${wordsOf(error)}` }))
      )
    )
  })
)

const mostBytesOfEnv = 256 * 1024
