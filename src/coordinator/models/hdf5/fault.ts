/** What is wrong with a file of HDF5, as the end of a sentence that names the file. */
export class Hdf5Fault extends Error {}
