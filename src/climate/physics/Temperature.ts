/**
 * Temperatures in Fahrenheit, Celsius, Kelvin and Rankine.
 */

/**
 * ```ts
 * import * as Temperature from "greenlang/climate/physics/Temperature"
 *
 * Temperature.fahrenheitToCelsius(212) // => 100
 * ```
 *
 * @category conversions
 */
export const fahrenheitToCelsius = (fahrenheit: number): number => (fahrenheit - 32) * 5 / 9

/** @category conversions */
export const celsiusToFahrenheit = (celsius: number): number => celsius * 9 / 5 + 32

/** @category conversions */
export const celsiusToKelvin = (celsius: number): number => celsius + 273.15

/** @category conversions */
export const fahrenheitToRankine = (fahrenheit: number): number => fahrenheit + 459.67

/** @category conversions */
export const kelvinToFahrenheit = (kelvin: number): number => celsiusToFahrenheit(kelvin - 273.15)

/** Absolute zero. @category constants */
export const absoluteZero = { celsius: -273.15, fahrenheit: -459.67 }
