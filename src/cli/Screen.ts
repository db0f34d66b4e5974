/**
 * The door to the terminal: everything that a command prints passes it, as text that the terminal only shows.
 *
 * 1. The codes for colours and the cursor carry a seal, a number that is drawn when the process starts.
 * 2. The door turns sealed codes into real ones, and removes every other control character.
 * 3. Text from elsewhere does not know the seal, so it cannot imitate a code, wherever it is put into a line.
 * 4. What looks like a secret is hidden, whichever command repeats it. Only the answer of a run as JSON goes through as it is: a
 *    program goes on with it.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Formatter from "effect/Formatter"
import type * as Schema from "effect/Schema"
import * as Redaction from "../internal/Redaction.ts"
import * as SecretName from "../internal/SecretName.ts"
import * as Printable from "../render/Printable.ts"

// no part of a run: a run with a fixed `Random` must not make the seal known
const seal = crypto.getRandomValues(new Uint32Array(3)).join("")

/**
 * A control sequence of this program, such as `1m` for bold or `?25l` for a hidden cursor. It takes no room in a line.
 *
 * @category constructors
 */
export const control = (code: string): string => `\x1b[${seal};${code}`

/**
 * Text with the colours of a help page, all of which this program has written.
 *
 * @category constructors
 */
export const trusted = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replaceAll(/\x1b\[([\d;]+m)/g, (_, code: string) => control(code))

/**
 * JSON of what a command prints, but for an answer: without what looks like a secret. `space` indents it.
 *
 * @category constructors
 */
export const json = (value: unknown, space?: number): string => whole(hideKnown(value as Schema.Json), space)

/**
 * JSON that the door lets through as it is: an answer, and what has been hidden before.
 *
 * @category constructors
 */
export const whole = (value: unknown, space?: number): string => `${data}${Printable.json(value, space)}`

const hideKnown = Redaction.make()

/** In front of JSON, in which a text that is replaced could take the escape of a quote with it. */
const data = `${seal};json `

const sealed = new RegExp(`\\x1b\\[${seal};([?\\d;]*[A-Za-z])`)

/**
 * What reaches the terminal.
 *
 * ```ts
 * import * as Screen from "greenlang/cli/Screen"
 *
 * Screen.show(`${Screen.control("1m")}fuel\u001b[2J${Screen.control("22m")}`) // => "\u001b[1mfuel[2J\u001b[22m"
 * ```
 *
 * @category rendering
 */
export const show = (text: string): string =>
  text.startsWith(data)
    ? Printable.text(text.slice(data.length))
    : text.split(sealed).map((part, at) => at % 2 === 1 ? `\x1b[${part}` : SecretName.without(Printable.text(part)))
      .join("")

/**
 * Puts the door in front of everything that `self` prints and logs.
 *
 * @category running
 */
export const guard = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Console.Console, (outside) => Effect.provideService(self, Console.Console, behindDoor(outside)))

const behindDoor = (outside: Console.Console): Console.Console => {
  const through =
    (method: "debug" | "error" | "info" | "log" | "trace" | "warn") => (...parts: ReadonlyArray<unknown>) =>
      outside[method](...parts.map((part) => show(typeof part === "string" ? part : Formatter.format(part))))
  return Object.assign(Object.create(outside), {
    debug: through("debug"),
    error: through("error"),
    info: through("info"),
    log: through("log"),
    trace: through("trace"),
    warn: through("warn")
  })
}
