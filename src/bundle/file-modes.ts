/** Modes of the files in a zip. */
export const FILE_MODE = 0o100644;
/** All files of a function are executable, as AWS Lambda allows: which ones need it differs from machine to machine. */
export const FUNCTION_FILE_MODE = 0o100755;
