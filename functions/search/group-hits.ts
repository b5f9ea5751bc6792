/** The hits of one file by their ids, best first. */
export interface Group {
  fileId: string | null;
  ids: string[];
}

/** Groups hits by file, in the order of each file's best hit; vectors without a file are one group. */
export function groupHits(hits: readonly { id: string; fileId: string | null }[]): Group[] {
  const groups = new Map<string | null, Group>();
  for (const { id, fileId } of hits) {
    const group = groups.get(fileId);
    if (group) group.ids.push(id);
    else groups.set(fileId, { fileId, ids: [id] });
  }
  return [...groups.values()];
}
