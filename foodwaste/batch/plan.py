"""What a folder run has to do: its trays, in order, with what is done already left out."""

from __future__ import annotations

from foodwaste.batch.discover import find_pictures
from foodwaste.batch.options import BatchOptions
from foodwaste.batch.pair import Pairing, pair_by_names, pair_nothing, pair_with_folder
from foodwaste.batch.pair_table import pair_by_table
from foodwaste.errors import UsageError


def plan(options: BatchOptions) -> Pairing:
    """The trays of the folder as the options pair them, and what belongs to none.

    Raises:
        UsageError: the folder is none, or the pairing cannot be read.
    """
    if not options.folder.is_dir():
        what = "is no folder" if options.folder.exists() else "no such folder"
        raise UsageError(f"{options.folder}: {what}")
    if options.pairs_csv is not None:
        return pair_by_table(options.folder, options.pairs_csv)
    leave_out = [options.out]
    if options.before_folder is not None:
        if not options.before_folder.is_dir():
            raise UsageError(f"--before-folder {options.before_folder}: no such folder")
        leave_out.append(options.before_folder)
    found = find_pictures(options.folder, leave_out=tuple(leave_out))
    if options.before_folder is not None:
        pairing = pair_with_folder(options.folder, found.pictures, options.before_folder)
    elif options.pair == "names":
        pairing = pair_by_names(options.folder, found.pictures)
    else:
        pairing = pair_nothing(options.folder, found.pictures)
    pairing.left_over += [(path.as_posix(), reason) for path, reason in found.problems]
    return pairing
