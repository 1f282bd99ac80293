/** The mode of the entries of a bundle. */
export const FILE_MODE = 0o100644;
/** All files of a function are executable: the modes on the machine that packages it do not matter, and Lambda allows it. */
export const FUNCTION_FILE_MODE = 0o100755;
