import type { WantedFiles } from '../classFolder.js';

/** Files that are taken for pictures. */
export const pictureFiles: WantedFiles = {
  what: 'pictures',
  ends: ['.png', '.jpg', '.jpeg', '.bmp', '.gif', '.webp', '.tif', '.tiff'],
};
