/**
 * The arguments of one call as text, put together from pieces.
 *
 * 1. A piece stands behind what came, unless that cannot be JSON and the piece repeats it from the start: then it replaces it.
 * 2. Where both would do, the one that is whole at the end holds.
 * 3. What was said is not said twice, and `{}` says nothing beside other arguments.
 */
import * as Result from "effect/Result"
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"

/** Arguments, as far as they have come. */
export class ArgumentText {
  private json: string
  /** What they are where each piece repeats what came before it. */
  private grown: string | undefined
  /** Follows `json`, once that is asked about. */
  private scan: JsonScan.JsonScan | undefined
  /** The first characters without white space. The whole text is not looked at with each piece. */
  private begun: string

  constructor(json: string) {
    this.json = json
    this.grown = json
    this.begun = beginningOf(json)
  }

  /** What came, put together. */
  get text(): string {
    const { grown, json } = this
    return grown !== undefined && grown !== json && objectIn(json) === undefined && objectIn(grown) !== undefined
      ? grown
      : json
  }

  get isEmpty(): boolean {
    return this.begun === "" || this.begun === "{}"
  }

  /** Whether what came is a whole value, which may say nothing. */
  get isWhole(): boolean {
    return this.begun !== "" && this.scanned.state === "ended"
  }

  /** Whether `piece` can stand behind what came. */
  fits(piece: string): boolean {
    return this.isEmpty || piece === "" || this.scanned.fits(piece)
  }

  /** Whether `piece` repeats what came, and goes on. */
  isGrownBy(piece: string): boolean {
    return this.repeatedBy(piece) !== undefined
  }

  /** What came, or would have come if it grows, where `piece` begins with that. */
  private repeatedBy(piece: string): string | undefined {
    return [this.json, this.grown].find((before) => before !== undefined && before !== "" && piece.startsWith(before))
  }

  /** Whether what came is the object in `piece`. */
  isSame(piece: string): boolean {
    const one = objectIn(piece)
    const other = one && objectIn(this.json)
    return other !== undefined && (piece === this.json || JSON.stringify(one) === JSON.stringify(other))
  }

  /** Adds a piece, and gives what is new of it. */
  add(piece: string): string {
    if (piece === "" || this.isSame(piece) || (piece.trim() === "{}" && !this.fits(piece))) return ""
    if (this.isEmpty || this.isLessThan(piece)) return this.replace(piece, piece)
    const repeated = this.fits(piece) ? undefined : this.repeatedBy(piece)
    if (repeated !== undefined) return this.replace(piece, piece.slice(repeated.length))
    this.grown = this.grown !== undefined && piece.startsWith(this.grown) ? piece : undefined
    this.scan?.feed(piece)
    this.json += piece
    if (this.begun.length < longestBegun) this.begun = beginningOf(this.begun + piece)
    return piece
  }

  private replace(json: string, added: string): string {
    this.json = this.grown = json
    this.begun = beginningOf(json)
    this.scan = undefined
    return added
  }

  /** Whether `piece` is an object that holds all keys of the whole one that came. */
  private isLessThan(piece: string): boolean {
    const more = objectIn(piece)
    const before = more && objectIn(this.json)
    return before !== undefined && Object.keys(before).every((key) => key in more!)
  }

  private get scanned(): JsonScan.JsonScan {
    if (this.scan === undefined) {
      this.scan = new JsonScan.JsonScan()
      this.scan.feed(this.json)
    }
    return this.scan
  }
}

/** One more than an empty object has. */
const longestBegun = 3

const beginningOf = (json: string): string => {
  let begun = ""
  for (let at = 0; at < json.length && begun.length < longestBegun; at++) begun += json[at]!.trim()
  return begun
}

const objectIn = (json: string): object | undefined => {
  // A look at both ends is cheap, however often a long text is asked about.
  if (!json.trimStart().startsWith("{") || !json.trimEnd().endsWith("}")) return undefined
  return Result.getOrUndefined(Result.try(() => LooseJson.fields(LooseJson.parse(json))))
}
