"""Backups of an installation: a folder with the database, the files and what they are.

backups/winnow-20261129-014500/
  database.dump   pg_dump's custom format
  files.tar.zst   of var/: exports, uploads, media, the key that signs sessions
  manifest.json   versions, migrations, size and SHA-256 of both: written last
"""
