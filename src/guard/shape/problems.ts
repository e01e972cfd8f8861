import { type ProblemTable, problemsOf, requestProblems } from '../../core/index.ts'

/** Why a request has not the shape that a route takes. */
export const shapeProblems = {
  JSON_MALFORMED: {
    status: 400,
    title: 'Not JSON',
    detail: 'The body is not well-formed JSON in UTF-8. errors names the place.',
  },
  JSON_AMBIGUOUS: {
    status: 400,
    title: 'JSON that can be read in two ways',
    detail:
      'Two readers could make different values of the body: a name comes twice, a number or character is beyond what all can hold, or a name reaches into prototypes. errors names the place.',
  },
  JSON_TOO_COMPLEX: {
    status: 400,
    title: 'JSON too complex',
    detail: 'The body is nested deeper, or has more elements or members in one place, than this route takes.',
  },
  BODY_TYPE_REFUSED: {
    status: 415,
    title: 'Content type not accepted',
    detail: 'This route does not take bodies of this Content-Type.',
  },
  BODY_ENCODING_REFUSED: {
    status: 415,
    title: 'Content encoding not accepted',
    detail: 'This route does not take bodies in this Content-Encoding, or it could not be unpacked.',
  },
  BODY_EXPANDS_TOO_FAR: {
    status: 413,
    title: 'Body too large when unpacked',
    detail: 'The compressed body unpacks to more than this route takes.',
  },
  UPLOAD_REFUSED: {
    status: 415,
    title: 'File not accepted',
    detail: 'A file has a type that this route does not take, or its bytes are not of the type that it says.',
  },
  HEADERS_BEYOND_ROUTE: {
    status: 431,
    title: 'Headers too large for this route',
    detail: 'There are more headers, or longer ones, than this route takes.',
  },
  URL_BEYOND_ROUTE: {
    status: 414,
    title: 'URL too long for this route',
    detail: 'Path and query together are longer than this route takes.',
  },
  QUERY_REFUSED: {
    status: 400,
    title: 'Query not accepted',
    detail: 'The query has too many parameters, one of them twice, or one that cannot be read.',
  },
  PAGE_SIZE_REFUSED: {
    status: 400,
    title: 'Page size not accepted',
    detail: 'The page size must be a whole number, once, and not more than this route gives.',
  },
} as const satisfies ProblemTable

export const refuseShape = problemsOf({ ...shapeProblems, ...requestProblems })
