/** RFC 9110 recommends at least 8000 octets for a request line. */
export const LONGEST_TARGET = 8192
export const MOST_HEADER_BYTES = 16_384
export const MOST_HEADERS = 100
