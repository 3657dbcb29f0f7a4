module inject

go 1.19
