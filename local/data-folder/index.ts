export { prepareDataFolder, resetDataFolder, StartError } from './data-folder.ts';
export { readPrivateFile, writePrivateFile } from './private-file.ts';
