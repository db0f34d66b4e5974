/**
 * Web pages that stand where an answer should: of a proxy in trouble, a login, a wrong address.
 */

/** What a page says: its title, or else its first words. `undefined` for a text that is not a page. */
export const wordsOf = (text: string): string | undefined => {
  if (!/^\s*(?:<!doctype\s+html|<html|<head|<body|<title|<h1|<center|<\?xml)/i.test(text)) return undefined
  const read = text.slice(0, longestRead)
  const title = plain(/<title[^>]*>([^<]*)<\/title/i.exec(read)?.[1] ?? "")
  return title === "" ? plain(read.replaceAll(/<(script|style)\b.*?<\/\1\s*>/gis, " ")) || "without a word" : title
}

const plain = (html: string): string =>
  html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ").trim().slice(0, longestWords)

const longestRead = 20_000
const longestWords = 200
