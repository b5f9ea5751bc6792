/** Returns the words of a line as a set. */
function words(line: string): ReadonlySet<string> {
  return new Set(line.split(' '));
}

/** Elements whose content is not text for a reader of the page. */
export const SKIPPED = words(
  'script style noscript template svg canvas iframe object embed audio video map datalist head noframes rt rp annotation annotation-xml',
);
export const HEAD_ELEMENTS = words('head title meta link script style base noscript template');
export const VOID = words('area base br col embed hr img input link meta param source track wbr');
export const BLOCKS = words(
  'address article aside blockquote body caption center dd details dialog div dl dt button textarea legend optgroup fieldset figcaption figure footer form header hr li main nav ol option p pre section summary table tbody tfoot thead title tr ul h1 h2 h3 h4 h5 h6',
);
/** These are set apart by an empty line, the other blocks by a line break. */
export const PARAGRAPHS = words('p table ul ol dl pre blockquote section article title h1 h2 h3 h4 h5 h6');
