// The module's exports. All addresses are bytes; rows are row-major f32. `dim` is the number of values of a vector, `D`
// is dim rounded up to a multiple of 8: rotated and coded vectors have D values. Callers check what they pass.
export { assignRows } from './assign';
export { dotRows, dotRowsAt } from './dot';
export { buildTable, countAllowed, scanBlocks, scanLists } from './fast-scan';
export { dotRows8, dotRows8At, quantizeQuery7, quantizeRows8 } from './int8';
export { l2Rows, l2RowsAt } from './l2';
export { encodeCodes, packBlocks } from './rabitq';
export { rotateRows } from './rotate';
export { addRows, normalizeRows } from './rows';
export { measureScores, pushAbove, pushTop, sortTop, uniqueTop } from './top-k';
